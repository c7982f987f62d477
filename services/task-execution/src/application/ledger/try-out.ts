import { rolledBack } from '@taskflow/kit-postgres';
import type { WorkChange } from '../../domain/fold-changes.ts';
import type { NewWork } from '../../domain/work.ts';
import type { Arrivals, LedgerStore, LedgerTransaction } from '../ports/ledger-store.ts';
import { planBatch } from './ledger-plan.ts';
import { type RunDependencies, runTransaction } from './run-transaction.ts';

/** Carries changes out in a transaction that is rolled back: rejects as the real one would, and leaves nothing. */
export function createTryOut(store: LedgerStore, deps: RunDependencies) {
  return async (changes: readonly WorkChange[]): Promise<void> => {
    const plan = planBatch([{ kind: 'apply', move: undefined, changes }]);
    const work = { plan, arrivals: queued(plan.batch.changes.arrivals), batchId: deps.ids.next() };
    await rolledBack<LedgerTransaction>(
      (run) => store.transaction('synchronous', run),
      (tx) => runTransaction(work, tx, deps),
    );
  };
}

/** New work of which nothing is dispatched. */
function queued(works: readonly NewWork[]): Arrivals {
  const partitions = works.map(({ tenantId, queue, type, definition }) => ({ tenantId, queue, type, definition }));
  return { partitions, works: works.map((work, partition) => ({ work, partition })), epoch: -1 };
}
