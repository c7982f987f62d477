import { createLoop, type Loop, type LoopDependencies } from '@taskflow/kit-resilience';
import type { Backlog } from '../../domain/backlog.ts';
import type { CapabilityGroup, WorkerPool } from '../../domain/worker-pool.ts';
import type { Capabilities } from '../../domain/worker-session.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { MemoryEpoch } from '../dispatch/memory-epoch.ts';
import type { QueueStore } from '../ports/queue-store.ts';

/** Every worker that joins wakes it. */
const intervalMs = 60_000;

export interface FindPartitionsDependencies extends LoopDependencies {
  readonly store: QueueStore;
  readonly pool: WorkerPool;
  readonly backlog: Backlog;
  readonly epoch: MemoryEpoch;
  readonly claiming: { wake(): void };
  readonly bounds: ExecutionBounds;
}

/**
 * Finds the partitions of kinds of workers that joined, by index: work that waited for them begins at once, however
 * many partitions of others there are. Workers of one kind are looked for once.
 */
export function createFindPartitionsLoop(deps: FindPartitionsDependencies): Loop {
  const { store, pool, backlog, epoch, claiming, bounds } = deps;
  const known = new WeakSet<CapabilityGroup>();

  async function find({ capabilities }: { capabilities: Capabilities }, signal: AbortSignal): Promise<boolean> {
    const max = Math.max(1, Math.floor(bounds.probesPerSearch / Math.max(1, capabilities.types.length)));
    let behind = '';
    while (!signal.aborted) {
      const { current } = epoch;
      const queues = await store.typesWaitingFor(capabilities, behind, max);
      if (current !== epoch.current) return false;
      for (const { queue, types } of queues) for (const type of types) hint(capabilities, queue, type);
      if (queues.some(({ types }) => types.length > 0)) claiming.wake();
      if (queues.length < max) return true;
      behind = queues.at(-1)?.queue ?? '';
    }
    return false;
  }

  /** A hint may name an empty partition: the claim that finds nothing there forgets it. */
  function hint({ tenantId, definitions }: Capabilities, queue: string, type: string): void {
    for (const definition of ['', ...definitions]) backlog.add({ tenantId, queue, type, definition });
  }

  /** Gives how many kinds of workers are known since. */
  async function run(signal: AbortSignal): Promise<number> {
    let found = 0;
    for (const group of pool.kinds()) {
      const [sample] = group.sessions;
      if (!sample || known.has(group)) continue;
      if (await find(sample, signal)) {
        known.add(group);
        found += 1;
      }
      if (signal.aborted) break;
    }
    return found;
  }

  return createLoop({ name: 'find-partitions', intervalMs, deadlineMs: 10_000, run }, deps);
}
