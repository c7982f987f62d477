import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { Ledger } from '../ledger/ledger.ts';
import type { StuckWork } from '../ledger/stuck-work.ts';
import type { LateWorkStore } from '../ports/late-work-store.ts';

const intervalMs = 500;

export interface ExpireDependencies {
  readonly store: LateWorkStore;
  readonly ledger: Ledger;
  readonly staging: { wake(): void; inMs(ms: number): void };
  readonly clock: Clock;
  readonly log: Log;
  readonly overdueGraceMs: number;
  readonly stuck: StuckWork;
}

/**
 * Ends attempts past their deadline and tasks past their total timeout, a slice per transaction until none is left, and
 * tells when the next pause is over. It only looks; the ledger checks again in the transaction that acts, so a
 * completion that comes in between wins.
 */
export function createExpireLoop(deps: ExpireDependencies): Loop {
  const { store, ledger, staging, clock, log, overdueGraceMs, stuck } = deps;

  async function untilDry(what: 'overdue' | 'waiting' | 'delayed', signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { affected } = await ledger.submit({ kind: 'expire', what });
      if (affected === 0) return;
    }
  }

  return createLoop({
    name: 'expire',
    intervalMs,
    clock,
    log,
    deadlineMs: 30_000,
    async run(signal) {
      const late = await store.look(overdueGraceMs, stuck.ids());
      if (late.due) staging.wake();
      else if (late.nextDueMs !== null) staging.inMs(late.nextDueMs);
      for (const what of ['overdue', 'waiting', 'delayed'] as const) if (late[what]) await untilDry(what, signal);
    },
  });
}
