import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { emptyUpdate, type ExecutionEvent, mergeEvent, type TaskUpdate } from './task-update.ts';
import { executionEvents, isFinal } from './task-status.ts';

const given = (...events: ExecutionEvent[]): TaskUpdate => {
  const update = emptyUpdate('tenant', 'task', 1);
  events.forEach((event, i) => mergeEvent(update, event, `event-${i}`));
  return update;
};

describe('events of one batch', () => {
  test('started and completed add up to one completed row', () => {
    const update = given(
      { kind: 'started', attempt: 1, startedAt: 10 },
      { kind: 'completed', attempt: 1, startedAt: 10, finishedAt: 20, result: '{"n":1}' },
    );
    assert.equal(update.status, 'completed');
    assert.deepEqual([update.startedAt, update.finishedAt, update.result], [10, 20, '{"n":1}']);
    assert.equal(update.causationId, 'event-1');
  });

  test('the first ending wins over every later fact', () => {
    const completed: ExecutionEvent = { kind: 'completed', attempt: 1, finishedAt: 20, result: '1' };
    for (const kind of executionEvents) {
      const later = given(completed, {
        kind,
        attempt: 9,
        finishedAt: 99,
        result: '2',
        error: '{}',
        progress: '{}',
      });
      assert.deepEqual(later, given(completed), kind);
    }
  });

  test('progress leaves the status unknown, so that the stored one stays', () => {
    const update = given({ kind: 'progressed', attempt: 2, progress: '{"fraction":0.5}' });
    assert.equal(update.status, null);
    assert.equal(update.progress, '{"fraction":0.5}');
    assert.equal(update.attempts, 2);
  });

  test('a retry keeps the error of the attempt that failed and goes on', () => {
    const update = given(
      { kind: 'started', attempt: 1, startedAt: 10 },
      { kind: 'retry-scheduled', attempt: 1, error: '{"code":"flaky"}' },
      { kind: 'started', attempt: 2, startedAt: 30 },
    );
    assert.equal(update.status, 'running');
    assert.equal(update.attempts, 2);
    assert.equal(update.startedAt, 10);
    assert.equal(update.error, '{"code":"flaky"}');
  });

  test('a step that had nothing to do is skipped', () => {
    const skipped = given({ kind: 'skipped', attempt: 1, finishedAt: 20 });
    assert.deepEqual([skipped.status, skipped.finishedAt, skipped.result], ['skipped', 20, null]);
  });

  test('an ending says whether its outcome is known', () => {
    assert.equal(given({ kind: 'failed', attempt: 1, outcomeUnknown: true }).outcomeUnknown, true);
    assert.equal(given({ kind: 'execution-cancelled', attempt: 1 }).outcomeUnknown, false);
    const retried: ExecutionEvent = { kind: 'retry-scheduled', attempt: 1, outcomeUnknown: true };
    assert.equal(given(retried, { kind: 'failed', attempt: 2 }).outcomeUnknown, false, 'the last attempt counts');
  });

  test('any sequence has at most one ending, the first', () => {
    const executionEvent = fc.record({
      kind: fc.constantFrom(...executionEvents),
      attempt: fc.integer({ min: 1, max: 5 }),
      finishedAt: fc.nat(),
      result: fc.constantFrom('1', '2', '3'),
    });
    fc.assert(
      fc.property(fc.array(executionEvent), (events) => {
        const first = events.findIndex(({ kind }) =>
          ['completed', 'skipped', 'failed', 'execution-cancelled'].includes(kind),
        );
        const all = given(...events);
        if (first === -1) assert.ok(all.status === null || !isFinal(all.status));
        else assert.deepEqual(all, given(...events.slice(0, first + 1)));
      }),
    );
  });
});
