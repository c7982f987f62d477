import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { MemoryEpoch } from '../dispatch/memory-epoch.ts';
import type { WorkerRegistry } from '../dispatch/worker-registry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { StuckWork } from '../ledger/stuck-work.ts';
import type { LateWorkStore } from '../ports/late-work-store.ts';

const intervalMs = 500;

export interface LapseDependencies {
  readonly store: LateWorkStore;
  readonly ledger: Ledger;
  readonly pool: WorkerPool;
  readonly registry: WorkerRegistry;
  readonly epoch: MemoryEpoch;
  readonly rescuing: { look(): void };
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds: ExecutionBounds;
  readonly leaseMs: number;
  readonly stuck: StuckWork;
}

/**
 * Ends sessions that gave no sign of life for a lease, a slice of them per transaction. It only looks; the ledger checks
 * again in the transaction that acts, so a heartbeat that comes in between wins.
 *
 * A session may also end while its worker comes back with it, and be remembered afterwards. It lapses no more, so what
 * was silent for two leases is looked for in the database.
 */
export function createLapseLoop(dependencies: LapseDependencies): Loop {
  const { store, ledger, pool, registry, epoch, rescuing, clock, log, bounds, leaseMs, stuck } = dependencies;

  async function forgetEnded(): Promise<void> {
    const silent = new Map(registry.silentFor(2 * leaseMs, bounds.sessionsPerLapse).map((one) => [one.id, one]));
    if (silent.size === 0) return;
    const { current } = epoch;
    for (const id of await store.endedSessions([...silent.keys()])) {
      const session = silent.get(id);
      if (session && current === epoch.current && pool.get(id) === session) registry.forget(session);
    }
  }

  async function lapse(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const sessions = await store.lapsedSessions(bounds.sessionsPerLapse, stuck.ids());
      if (sessions.length === 0) return;
      const { affected } = await ledger.submit({ kind: 'expire-sessions', sessions });
      if (affected === 0) return;
      log.warn({ sessions: affected }, 'workers gave no sign of life for a lease and have lost their sessions');
      rescuing.look();
    }
  }

  return createLoop({
    name: 'lapse',
    intervalMs,
    clock,
    log,
    deadlineMs: 30_000,
    async run(signal) {
      await lapse(signal);
      await forgetEnded();
    },
  });
}
