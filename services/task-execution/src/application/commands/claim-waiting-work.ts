import { createLoop, type Loop, type LoopDependencies, repeatWhileFull } from '@taskflow/kit-resilience';
import type { Ids } from '@taskflow/kit-time';
import type { Backlog } from '../../domain/backlog.ts';
import { type Partition, partitionKey } from '../../domain/partition.ts';
import { type CapabilityGroup, spread, type WorkerPool } from '../../domain/worker-pool.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { MemoryEpoch } from '../dispatch/memory-epoch.ts';
import type { WorkerRegistry } from '../dispatch/worker-registry.ts';
import type { ClaimStore } from '../ports/claim-store.ts';

/** Claiming is woken by work and by credit; this is for a wake-up that was lost. */
const intervalMs = 1_000;

export interface ClaimingDependencies extends LoopDependencies {
  readonly store: ClaimStore;
  readonly pool: WorkerPool;
  readonly registry: WorkerRegistry;
  readonly backlog: Backlog;
  readonly dispatcher: Dispatcher;
  readonly epoch: MemoryEpoch;
  readonly ids: Ids;
  readonly bounds: ExecutionBounds;
  readonly dispatchesDurably: () => boolean;
  /** A claim failed, and may have taken effect all the same. */
  readonly onStaleBacklog: () => void;
}

export interface Claiming extends Loop {
  /**
   * Empties a backlog that holds no more than what workers have credit for, behind the claim that runs. While work
   * keeps coming, a claim alone never does: each claim ends with new arrivals queued, which keep the next ones out of
   * the workers' hands. The ledger calls it between two of its transactions. Never rejects.
   */
  flush(): Promise<void>;
}

/** Moves waiting work into the hands of workers with credit, for as long as there is both. */
export function createClaiming(deps: ClaimingDependencies): Claiming {
  const { pool, registry, backlog, dispatcher, epoch, store, ids, bounds } = deps;

  async function claimFor(group: CapabilityGroup): Promise<number> {
    const sample = group.sessions[0];
    if (!sample) return 0;
    const partitions = backlog.nextFor((partition: Partition) => sample.serves(partition), bounds.partitionsPerClaim);
    if (partitions.length === 0) return 0;
    const ready = group.sessions.filter((session) => registry.takesWork(session));
    const assignments = spread(ready, bounds.claimRows).map((session) => ({ lease: ids.token(), session: session.id }));
    if (assignments.length === 0) return 0;
    const limited = partitions.some((partition) => backlog.isLimited(partition));
    const durability = deps.dispatchesDurably() ? 'synchronous' : 'asynchronous';
    const { current } = epoch;
    const maxBytes = bounds.claimBytes;
    const claimed = await store
      .claim({ partitions, assignments, limited, maxBytes, durability })
      .catch((error: unknown) => {
        // Should it have taken effect all the same, its leases have no holder, and are found and given back.
        deps.onStaleBacklog();
        if (current === epoch.current) dispatcher.dispatchClaimed([], assignments);
        // The ledger must not wait for claims that fail.
        backlog.stillLong(partitions);
        throw error;
      });
    if (current !== epoch.current) {
      // The database may have lost it with the run that it was made in.
      deps.onStaleBacklog();
      return 0;
    }
    dispatcher.dispatchClaimed(claimed, assignments);
    backlog.served(new Set(claimed.map(partitionKey)));
    // Cut off by its bytes, it has not seen all that waits.
    const isCut = claimed.reduce((sum, { bytes }) => sum + bytes, 0) >= maxBytes;
    if (claimed.length < assignments.length && !isCut) backlog.emptied(partitions);
    else backlog.stillLong(partitions);
    return claimed.length;
  }

  async function claimForAll(signal?: AbortSignal): Promise<number> {
    let claimed = 0;
    for (const group of pool.withCredit()) {
      if (signal?.aborted) return 0;
      claimed += await claimFor(group);
    }
    return claimed;
  }

  /** Claims follow each other: one beside another finds its rows held, and calls a partition empty that is not. */
  let latest: Promise<unknown> = Promise.resolve();
  function inTurn(signal?: AbortSignal): Promise<number> {
    const claiming = latest.then(() => claimForAll(signal));
    latest = claiming.catch(() => undefined);
    return claiming;
  }

  const run = (signal: AbortSignal) => repeatWhileFull(signal, () => inTurn(signal));
  const loop = createLoop({ name: 'claim', intervalMs, run }, deps);

  async function flush(): Promise<void> {
    for (let claim = 0; claim < bounds.claimsPerFlush && backlog.isShort; claim += 1) {
      const claimed = await inTurn().catch(() => 0);
      if (claimed === 0) return;
    }
  }

  return { ...loop, flush };
}
