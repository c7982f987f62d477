import { createLoop, type Loop, type LoopDependencies, repeatWhileFull } from '@taskflow/kit-resilience';
import type { Ledger } from '../ledger/ledger.ts';
import type { StuckWork } from '../ledger/stuck-work.ts';
import type { LateWorkStore } from '../ports/late-work-store.ts';

const intervalMs = 500;

export interface ExpireDependencies extends LoopDependencies {
  readonly store: LateWorkStore;
  readonly ledger: Ledger;
  readonly staging: Pick<Loop, 'wake' | 'wakeIn'>;
  readonly overdueGraceMs: number;
  readonly stuck: StuckWork;
}

/**
 * Ends attempts past their deadline and tasks past their total timeout, a slice per transaction until none is left, and
 * tells when the next pause is over. It only looks; the ledger checks again in the transaction that acts, so a
 * completion that comes in between wins.
 */
export function createExpireLoop(deps: ExpireDependencies): Loop {
  const { store, ledger, staging, overdueGraceMs, stuck } = deps;

  async function run(signal: AbortSignal): Promise<number> {
    const late = await store.look(overdueGraceMs, stuck.ids());
    if (late.due) staging.wake();
    else if (late.nextDueMs !== null) staging.wakeIn(late.nextDueMs);
    let expired = 0;
    for (const what of ['overdue', 'waiting', 'delayed'] as const) {
      const expire = async () => (await ledger.submit({ kind: 'expire', what })).affected;
      if (late[what]) expired += await repeatWhileFull(signal, expire);
    }
    return expired;
  }

  return createLoop({ name: 'expire', intervalMs, run }, deps);
}
