import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf } from '../../../testing/workflow-script.ts';
import { newInstance } from './instance.ts';
import { jsonSource } from './json-source.ts';
import type { Reference } from './payload-template.ts';
import { type StepReading, StepValues, tooLarge } from './step-reading.ts';
import { stepState } from './workflow-state.ts';

const reference = (step: string): Reference => ({
  source: 'step',
  step,
  path: ['n'],
  text: `steps.${step}.result.n`,
  fallback: undefined,
});

function valuesOf(source: StepReading['source']) {
  const instance = newInstance(graphOf({ a: {}, b: {}, c: {} }));
  instance.state.steps.fill(stepState.completed, 0, 2);
  return new StepValues(instance, { input: () => jsonSource('{"n":"input"}'), result: () => 'null', source });
}

test('what a step gave is looked up once, however many references read it', () => {
  const asked: number[] = [];
  const values = valuesOf((step) => {
    asked.push(step);
    return jsonSource(JSON.stringify({ n: step }));
  });
  for (const [step, n] of [
    ['a', 0],
    ['b', 1],
    ['a', 0],
    ['b', 1],
  ] as const) {
    assert.equal(values.of(reference(step))?.value(['n']), n);
  }
  assert.equal(values.of(reference('nobody')), undefined);
  assert.equal(values.of(reference('c')), undefined, 'it has not completed');
  assert.deepEqual(asked, [0, 1]);
  assert.equal(values.oversized, false);
});

test('what is too large beside others is remembered, and reads as nothing until it is read by itself', () => {
  const values = valuesOf(() => tooLarge);
  assert.equal(values.of(reference('a'))?.value(['n']), undefined);
  assert.equal(values.oversized, true);
});
