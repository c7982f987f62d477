import assert from 'node:assert/strict';
import { DatabaseError } from '@taskflow/kit-postgres';
import type { AdvanceStore, AdvanceTransaction } from '../src/application/ports/advance-store.ts';
import type { CompiledStep } from '../src/domain/workflow/graph.ts';
import type { Started, WorkflowHarness } from './workflow-steps.ts';

/** Members of a compiled step that are read when it begins, and by whom. */
export const readMembers = {
  /** While it is worked out what the step is, on behalf of its workflow. */
  named: 'kind',
  /** While it is gathered what a whole round needs: nobody can say for which workflow. */
  unnamed: 'reads',
  /** When it is about to begin, in a later round than the one that decided so. */
  late: 'payload',
} as const;

/** A bug of ours that one step of one graph meets, until it is mended. */
export async function plantBug(
  w: WorkflowHarness,
  workflow: Started,
  step: string,
  member: (typeof readMembers)[keyof typeof readMembers] = readMembers.named,
  thrown: () => unknown = () => new RangeError('Maximum call stack size exceeded'),
): Promise<{ mend(): void }> {
  const [row] = await w.storage.sql<{ hash: string; graph: string }>(
    'select w.hash, g.graph from workflows w join workflow_graphs g using (tenant_id, hash) where w.id = $1',
    [workflow.id],
  );
  assert.ok(row);
  const graph = w.storage.graphs.compiled(row.hash, row.graph);
  const planted = graph.steps[graph.indexOf.get(step) ?? -1] as CompiledStep;
  const value = planted[member];
  const get = () => {
    throw thrown();
  };
  Object.defineProperty(planted, member, { get, configurable: true, enumerable: true });
  return {
    mend: () => void Object.defineProperty(planted, member, { value, configurable: true, writable: true }),
  };
}

/** A database that refuses values of the workflows in `poisonous`, as it would a number out of range. */
export function refusing(poisonous: Set<string>) {
  let transactions = 0;
  const refuse = () => Promise.reject(new DatabaseError('integer out of range', { sqlstate: '22003' }));
  const advanceStore = (store: AdvanceStore): AdvanceStore => ({
    ...store,
    transaction: (work, emits) => {
      transactions += 1;
      return store.transaction((tx) => {
        const guarded: AdvanceTransaction = {
          ...tx,
          insertSteps: (tasks) =>
            tasks.some(({ step }) => poisonous.has(step?.workflowId ?? '')) ? refuse() : tx.insertSteps(tasks),
          settle: (updates) => (updates.some(({ taskId }) => poisonous.has(taskId)) ? refuse() : tx.settle(updates)),
        };
        return work(guarded);
      }, emits);
    },
  });
  return { advanceStore, transactions: () => transactions };
}
