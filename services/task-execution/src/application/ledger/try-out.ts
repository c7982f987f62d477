import type { WorkChange } from '../../domain/fold-changes.ts';
import type { NewWork } from '../../domain/work.ts';
import type { Arrivals, LedgerStore } from '../ports/ledger-store.ts';
import type { LedgerCommand } from './ledger-command.ts';
import { planBatch } from './ledger-plan.ts';
import { runPlan, type RunPlanDependencies } from './run-plan.ts';

/** Takes a transaction back that was only to show whether it works. */
class TriedOut extends Error {}

/** Carries changes out in a transaction that is rolled back: rejects as the real one would, and leaves nothing. */
export function createTryOut(store: LedgerStore, deps: RunPlanDependencies) {
  return async (changes: readonly WorkChange[]): Promise<void> => {
    const batch: LedgerCommand[] = [{ kind: 'apply', step: undefined, changes }];
    const plan = planBatch(batch);
    const work = { batch, plan, arrivals: inLine(plan.changes.arrivals), batchId: deps.ids.next() };
    const tried = store.transaction('synchronous', async (tx) => {
      await runPlan(work, tx, deps);
      throw new TriedOut();
    });
    await tried.catch((error: unknown) => {
      if (!(error instanceof TriedOut)) throw error;
    });
  };
}

/** New work of which nothing is handed over. */
function inLine(works: readonly NewWork[]): Arrivals {
  const lanes = works.map(({ tenantId, queue, type, definition }) => ({ tenantId, queue, type, definition }));
  return { lanes, works, laneOf: works.map((_, index) => index), placements: works.map(() => undefined), epoch: -1 };
}
