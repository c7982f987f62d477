import type { WorkChange } from '../../domain/fold-changes.ts';
import type { NewWork } from '../../domain/work.ts';
import type { Arrivals, LedgerStore } from '../ports/ledger-store.ts';
import { planBatch } from './ledger-plan.ts';
import { type RunDependencies, runTransaction } from './run-transaction.ts';

/** Takes a transaction back that was only to show whether it works. */
class TriedOut extends Error {}

/** Carries changes out in a transaction that is rolled back: rejects as the real one would, and leaves nothing. */
export function createTryOut(store: LedgerStore, deps: RunDependencies) {
  return async (changes: readonly WorkChange[]): Promise<void> => {
    const plan = planBatch([{ kind: 'apply', move: undefined, changes }]);
    const work = { plan, arrivals: queued(plan.batch.changes.arrivals), batchId: deps.ids.next() };
    const tried = store.transaction('synchronous', async (tx) => {
      await runTransaction(work, tx, deps);
      throw new TriedOut();
    });
    await tried.catch((error: unknown) => {
      if (!(error instanceof TriedOut)) throw error;
    });
  };
}

/** New work of which nothing is dispatched. */
function queued(works: readonly NewWork[]): Arrivals {
  const partitions = works.map(({ tenantId, queue, type, definition }) => ({ tenantId, queue, type, definition }));
  return { partitions, works: works.map((work, partition) => ({ work, partition })), epoch: -1 };
}
