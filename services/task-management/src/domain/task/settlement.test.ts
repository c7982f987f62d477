import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { emptySettlement, type ExecutionFact, fold, type Settlement } from './settlement.ts';
import { executionFacts, isFinal } from './task-status.ts';

const given = (...facts: ExecutionFact[]): Settlement => {
  const settlement = emptySettlement('tenant', 'task', 1);
  facts.forEach((fact, i) => fold(settlement, fact, `event-${i}`));
  return settlement;
};

describe('facts of one batch', () => {
  test('started and completed add up to one completed row', () => {
    const settlement = given(
      { type: 'started', attempt: 1, startedAt: 10 },
      { type: 'completed', attempt: 1, startedAt: 10, finishedAt: 20, result: '{"n":1}' },
    );
    assert.equal(settlement.status, 'completed');
    assert.deepEqual([settlement.startedAt, settlement.finishedAt, settlement.result], [10, 20, '{"n":1}']);
    assert.equal(settlement.causationId, 'event-1');
  });

  test('the first ending wins over every later fact', () => {
    const completed: ExecutionFact = { type: 'completed', attempt: 1, finishedAt: 20, result: '1' };
    for (const type of executionFacts) {
      const later = given(completed, { type, attempt: 9, finishedAt: 99, result: '2', error: '{}', progress: '{}' });
      assert.deepEqual(later, given(completed), type);
    }
  });

  test('progress leaves the status unknown, so that the stored one stays', () => {
    const settlement = given({ type: 'progressed', attempt: 2, progress: '{"fraction":0.5}' });
    assert.equal(settlement.status, null);
    assert.equal(settlement.progress, '{"fraction":0.5}');
    assert.equal(settlement.attempts, 2);
  });

  test('a retry keeps the error of the attempt that failed and goes on', () => {
    const settlement = given(
      { type: 'started', attempt: 1, startedAt: 10 },
      { type: 'retry-scheduled', attempt: 1, error: '{"code":"flaky"}' },
      { type: 'started', attempt: 2, startedAt: 30 },
    );
    assert.equal(settlement.status, 'running');
    assert.equal(settlement.attempts, 2);
    assert.equal(settlement.startedAt, 10);
    assert.equal(settlement.error, '{"code":"flaky"}');
  });

  test('a step that had nothing to do is skipped', () => {
    const skipped = given({ type: 'skipped', attempt: 1, finishedAt: 20 });
    assert.deepEqual([skipped.status, skipped.finishedAt, skipped.result], ['skipped', 20, null]);
  });

  test('an ending says whether its outcome is known', () => {
    assert.equal(given({ type: 'failed', attempt: 1, outcomeUnknown: true }).outcomeUnknown, true);
    assert.equal(given({ type: 'execution-cancelled', attempt: 1 }).outcomeUnknown, false);
    const retried: ExecutionFact = { type: 'retry-scheduled', attempt: 1, outcomeUnknown: true };
    assert.equal(given(retried, { type: 'failed', attempt: 2 }).outcomeUnknown, false, 'the last attempt counts');
  });

  test('any sequence has at most one ending, the first', () => {
    const fact = fc.record({
      type: fc.constantFrom(...executionFacts),
      attempt: fc.integer({ min: 1, max: 5 }),
      finishedAt: fc.nat(),
      result: fc.constantFrom('1', '2', '3'),
    });
    fc.assert(
      fc.property(fc.array(fact), (facts) => {
        const first = facts.findIndex(({ type }) =>
          ['completed', 'skipped', 'failed', 'execution-cancelled'].includes(type),
        );
        const all = given(...facts);
        if (first === -1) assert.ok(all.status === null || !isFinal(all.status));
        else assert.deepEqual(all, given(...facts.slice(0, first + 1)));
      }),
    );
  });
});
