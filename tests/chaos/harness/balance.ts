import assert from 'node:assert/strict';
import type { WorkflowBody } from '@taskflow/tests-e2e';
import type { Ledger } from './ledger.ts';
import type { RandomSaga } from './random-saga.ts';

/** What was done and what was undone fit how the saga ended, and it was undone in an order that its graph allows. */
export function assertBalanced({ book, steps }: RandomSaga, workflow: WorkflowBody, ledger: Ledger): void {
  const entries = ledger.entries(book);
  const standing = new Set<string>();
  for (const { kind, step } of entries) {
    if (kind === 'do') standing.add(step);
    else standing.delete(step);
  }
  const print = `${book} ${workflow.status}: ${JSON.stringify(entries)}`;
  const stuck = workflow.steps.filter(({ compensation }) => compensation?.status === 'failed').map(({ key }) => key);
  switch (workflow.status) {
    case 'completed':
      assert.equal(standing.size, steps.length, print);
      assert.ok(
        entries.every(({ kind }) => kind === 'do'),
        print,
      );
      break;
    case 'compensation-stuck':
      assert.ok(stuck.length > 0, print);
      assertOnlyBehind(stuck, standing, steps, print);
      break;
    case 'failed':
    case 'cancelled':
    case 'compensated':
      assert.deepEqual([...standing], [], print);
      break;
    case 'running':
    case 'waiting':
    case 'paused':
    case 'compensating':
    case 'stuck':
      assert.fail(`it has not ended: ${print}`);
  }
  assertReverseOrder(entries, steps, print);
}

/** What stands may stand only where its undoing is stuck, or where a follower's is. */
function assertOnlyBehind(
  stuck: readonly string[],
  standing: ReadonlySet<string>,
  steps: RandomSaga['steps'],
  print: string,
) {
  const behind = new Set(stuck);
  for (const { key, dependsOn } of steps.toReversed()) if (behind.has(key)) for (const d of dependsOn) behind.add(d);
  for (const step of standing) assert.ok(behind.has(step), `${step} still stands in ${print}`);
}

/** No step was undone while a follower of it stood. */
function assertReverseOrder(
  entries: readonly { kind: string; step: string }[],
  steps: RandomSaga['steps'],
  print: string,
): void {
  const standing = new Set<string>();
  for (const { kind, step } of entries) {
    if (kind === 'do') standing.add(step);
    else {
      standing.delete(step);
      const followers = steps.filter(({ dependsOn }) => dependsOn.includes(step)).map(({ key }) => key);
      for (const follower of followers)
        assert.ok(!standing.has(follower), `${step} undone before ${follower}: ${print}`);
    }
  }
}
