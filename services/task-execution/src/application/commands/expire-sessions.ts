import { createLoop, type Loop, type LoopDependencies, repeatWhileFull } from '@taskflow/kit-resilience';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { MemoryEpoch } from '../dispatch/memory-epoch.ts';
import type { WorkerRegistry } from '../dispatch/worker-registry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { StuckWork } from '../ledger/stuck-work.ts';
import type { LateWorkStore } from '../ports/late-work-store.ts';

const intervalMs = 500;

export interface ExpireSessionsDependencies extends LoopDependencies {
  readonly store: LateWorkStore;
  readonly ledger: Ledger;
  readonly pool: WorkerPool;
  readonly registry: WorkerRegistry;
  readonly epoch: MemoryEpoch;
  readonly rescuer: { look(): void };
  readonly bounds: ExecutionBounds;
  readonly leaseMs: number;
  readonly stuck: StuckWork;
}

/**
 * Ends sessions that gave no sign of life for a lease, a slice of them per transaction. It only looks; the ledger
 * checks again in the transaction that acts, so a heartbeat that comes in between wins.
 *
 * A session may also end while its worker comes back with it, and be remembered afterwards. It expires no more, so what
 * was silent for two leases is looked for in the database.
 */
export function createExpireSessionsLoop(dependencies: ExpireSessionsDependencies): Loop {
  const { store, ledger, pool, registry, epoch, rescuer, telemetry, bounds, leaseMs, stuck } = dependencies;

  async function forgetEnded(): Promise<void> {
    const silent = new Map(registry.silentFor(2 * leaseMs, bounds.sessionsPerExpiry).map((one) => [one.id, one]));
    if (silent.size === 0) return;
    const { current } = epoch;
    for (const id of await store.endedSessions([...silent.keys()])) {
      const session = silent.get(id);
      if (session && current === epoch.current && pool.get(id) === session) registry.forget(session);
    }
  }

  async function expire(): Promise<number> {
    const sessions = await store.expiredSessions(bounds.sessionsPerExpiry, stuck.ids());
    if (sessions.length === 0) return 0;
    const { affected } = await ledger.submit({ kind: 'expire-sessions', sessions });
    if (affected === 0) return 0;
    const what = 'workers gave no sign of life for a lease and have lost their sessions';
    telemetry.log.warn({ sessions: affected }, what);
    rescuer.look();
    return affected;
  }

  async function run(signal: AbortSignal): Promise<number> {
    const expired = await repeatWhileFull(signal, expire);
    await forgetEnded();
    return expired;
  }

  return createLoop({ name: 'expire-sessions', intervalMs, run }, dependencies);
}
