import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { ExecutionBounds } from '../bounds.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LateWorkStore } from '../ports/late-work-store.ts';

const intervalMs = 500;

export interface LapseDependencies {
  readonly store: LateWorkStore;
  readonly ledger: Ledger;
  readonly rescuing: { look(): void };
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: ExecutionBounds;
}

/**
 * Ends sessions that gave no sign of life for a lease, a slice of them per transaction. It only looks; the ledger checks
 * again in the transaction that acts, so a heartbeat that comes in between wins.
 */
export function createLapseLoop({ store, ledger, rescuing, clock, log, bounds }: LapseDependencies): Loop {
  return createLoop({
    name: 'lapse',
    intervalMs,
    clock,
    log,
    deadlineMs: 30_000,
    async run(signal) {
      while (!signal.aborted) {
        const sessions = await store.lapsedSessions(bounds.sessionsPerLapse);
        if (sessions.length === 0) return;
        const { moved } = await ledger.submit({ kind: 'lapse', sessions });
        if (moved === 0) return;
        log.warn({ sessions: moved }, 'workers gave no sign of life for a lease and have lost their sessions');
        rescuing.look();
      }
    },
  });
}
