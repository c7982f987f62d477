import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slicesOf } from './slices.ts';

const cut = (weights: number[], rows: number, bytes: number) => slicesOf(weights, (weight) => weight, { rows, bytes });

test('a slice ends at so many rows, and before so many bytes', () => {
  assert.deepEqual(cut([1, 1, 1, 1, 1], 2, 100), [[1, 1], [1, 1], [1]]);
  assert.deepEqual(cut([4, 4, 4, 1], 100, 8), [
    [4, 4],
    [4, 1],
  ]);
});

test('what exceeds the bytes alone has a slice of its own; nothing gives none', () => {
  assert.deepEqual(cut([1, 50, 1], 100, 8), [[1], [50], [1]]);
  assert.deepEqual(cut([], 1, 1), []);
});
