import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Part, Sample } from '../parts/part.ts';
import { figuresOf, ratiosOf } from './figures.ts';

const part = (name: string): Part => ({ name, what: name, runs: 'each round', measure: async () => ({}) });
const rate = (value: number): Sample => ({ 'tasks/s': value });

test('a figure is the median of the rounds, with the least and the most', () => {
  const figures = figuresOf(new Map([[part('raw'), [rate(30), rate(10), rate(20)]]]));
  assert.deepEqual(figures.get('raw'), { 'tasks/s': { median: 20, min: 10, max: 30 } });
});

test('a ratio stands on the limit of the same run', () => {
  const figures = figuresOf(
    new Map([
      [part('raw'), [rate(20)]],
      [part('bulk'), [rate(10)]],
    ]),
  );
  assert.deepEqual(ratiosOf(figures), [{ what: 'bulk ÷ raw limit', value: 0.5 }]);
});

test('without its limit there is no ratio', () => {
  assert.deepEqual(ratiosOf(figuresOf(new Map([[part('bulk'), [rate(10)]]]))), []);
});
