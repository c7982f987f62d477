import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldChanges, type WorkChange } from './fold-changes.ts';

function arrive(taskId: string, generation = 1, isRetry = false): WorkChange {
  const limits = { definition: '', attemptMs: null, totalMs: null, options: null };
  const work = { tenantId: 't', taskId, generation, queue: 'q', type: 'x', priority: 500, payload: '1', ...limits };
  return { kind: 'arrive', work, isRetry };
}
const cancel = (taskId: string, generation = 1): WorkChange => ({ kind: 'cancel', tenantId: 't', taskId, generation });
const urgent = (taskId: string, priority: number, generation = 1): WorkChange => ({
  kind: 'reprioritize',
  tenantId: 't',
  taskId,
  generation,
  priority,
});
const ids = (list: readonly { taskId: string }[]) => list.map(({ taskId }) => taskId);

test('given a task arrives and is cancelled in one batch, then it never gets a row and still ends', () => {
  const folded = foldChanges([arrive('a'), arrive('b'), cancel('a')]);
  assert.deepEqual(ids(folded.arrivals), ['b']);
  assert.deepEqual(ids(folded.cancelledOnArrival), ['a']);
  assert.deepEqual(folded.cancels, []);
});

test('given a cancel of work that arrived before, then it is looked for', () => {
  assert.deepEqual(ids(foldChanges([cancel('a')]).cancels), ['a']);
});

test('given a cancel of an earlier generation, then the arriving one is not touched', () => {
  const folded = foldChanges([arrive('a', 2, true), cancel('a', 1)]);
  assert.deepEqual(ids(folded.arrivals), ['a']);
  assert.deepEqual(ids(folded.cancels), ['a']);
  assert.deepEqual(ids(folded.retried), ['a']);
});

test('given a priority change of arriving work, then it arrives with it; of other work, the last one counts', () => {
  const folded = foldChanges([arrive('a'), urgent('a', 900), urgent('b', 1), urgent('b', 2)]);
  assert.equal(folded.arrivals[0]?.priority, 900);
  assert.deepEqual(
    folded.priorities.map(({ taskId, priority }) => [taskId, priority]),
    [['b', 2]],
  );
});

test('given a cancelled task is asked for again, then its next generation arrives', () => {
  const folded = foldChanges([arrive('a'), cancel('a'), arrive('a', 2, true)]);
  assert.deepEqual(
    folded.arrivals.map(({ generation }) => generation),
    [2],
  );
  assert.deepEqual(ids(folded.cancelledOnArrival), ['a']);
});
