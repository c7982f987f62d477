import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executionEvents, executionStates, isFinal, stateAfter } from './execution-state.ts';

/** Every pair that changes something; all others are refused. */
const expected: Record<string, string> = {
  'waiting + dispatched': 'leased',
  'waiting + expired': 'failed',
  'waiting + cancelled': 'cancelled',
  'leased + completed': 'completed',
  'leased + retry-scheduled': 'delayed',
  'leased + requeued': 'waiting',
  'leased + failed-for-good': 'failed',
  'leased + expired': 'failed',
  'leased + cancelled': 'cancelled',
  'delayed + staged': 'waiting',
  'delayed + expired': 'failed',
  'delayed + cancelled': 'cancelled',
  'completed + retry-requested': 'waiting',
  'failed + retry-requested': 'waiting',
  'cancelled + retry-requested': 'waiting',
};

for (const state of executionStates) {
  for (const event of executionEvents) {
    const pair = `${state} + ${event}`;
    test(`${pair} → ${expected[pair] ?? 'refused'}`, () => {
      assert.equal(stateAfter(state, event), expected[pair] ?? 'refused');
    });
  }
}

test('a final state is left by a new generation alone', () => {
  for (const state of executionStates.filter(isFinal)) {
    const ways = executionEvents.filter((event) => stateAfter(state, event) !== 'refused');
    assert.deepEqual(ways, ['retry-requested']);
  }
});

test('every state can still reach an end', () => {
  for (const from of executionStates) {
    const reached = new Set<string>([from]);
    for (const state of reached) {
      for (const event of executionEvents) {
        const next = stateAfter(state as (typeof executionStates)[number], event);
        if (next !== 'refused') reached.add(next);
      }
    }
    assert.ok(
      [...reached].some((state) => isFinal(state as (typeof executionStates)[number])),
      from,
    );
  }
});
