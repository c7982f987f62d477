import { createLoop, type Loop, type LoopDependencies } from '@taskflow/kit-resilience';
import type { Backlog } from '../../domain/backlog.ts';
import { type Partition, queueKey } from '../../domain/partition.ts';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { MemoryEpoch } from '../dispatch/memory-epoch.ts';
import type { QueueStore } from '../ports/queue-store.ts';

const intervalMs = 1_000;
/**
 * A refresh that nobody asked for pauses so many times as long as it took: many partitions are looked at less often.
 */
const rest = 10;

/** A refresh under way: partitions are found in their order, behind the last one. */
interface Refresh {
  readonly paused: ReadonlySet<string>;
  readonly unserved: Map<string, Partition[]>;
  readonly beganAt: number;
  remembered: number;
  /** Partitions that were looked at in this round. */
  looked: number;
  behind: Partition | undefined;
}

export interface RefreshDependencies extends LoopDependencies {
  readonly store: QueueStore;
  readonly pool: WorkerPool;
  readonly backlog: Backlog;
  readonly epoch: MemoryEpoch;
  readonly claiming: { wake(): void };
  readonly bounds: ExecutionBounds;
}

/**
 * Looks where work waits and which queues are paused or limited, slice by slice until every partition was seen. The
 * wake-ups that follow every change are the fast path; this is the correct one, for whatever they missed: a restart, a
 * lost commit. What was not finished within a round goes on in the next.
 */
export function createRefreshBacklogLoop(deps: RefreshDependencies): Loop {
  const { store, pool, backlog, epoch, claiming, clock, bounds } = deps;
  let refresh: Refresh | undefined;
  let restsUntil = Number.NEGATIVE_INFINITY;
  let isAsked = false;

  async function begin(): Promise<Refresh | undefined> {
    const settings = await store.settings();
    backlog.setLimitedQueues(settings.filter(({ concurrency }) => concurrency !== null));
    if (!refresh && !isAsked && clock.monotonic() < restsUntil) return undefined;
    isAsked = false;
    const paused = settings.filter((queue) => queue.paused).map(({ tenantId, name }) => queueKey(tenantId, name));
    const { behind, unserved = new Map(), remembered = 0, beganAt = clock.monotonic() } = refresh ?? {};
    return { paused: new Set(paused), unserved, remembered, looked: 0, beganAt, behind };
  }

  /** Gives whether there is more behind the slice. */
  async function takeSlice(current: Refresh): Promise<boolean> {
    const { current: read } = epoch;
    const partitions = await store.partitionsAfter(current.behind, bounds.partitionsPerSlice);
    if (read !== epoch.current) return true;
    let found = false;
    for (const partition of partitions) {
      const queue = queueKey(partition.tenantId, partition.queue);
      if (!pool.anyFor(partition)) remember(current, queue, partition);
      else if (!current.paused.has(queue)) {
        backlog.add(partition);
        found = true;
      }
    }
    if (found) claiming.wake();
    current.behind = partitions.at(-1);
    current.looked += partitions.length;
    return partitions.length === bounds.partitionsPerSlice;
  }

  function remember(current: Refresh, queue: string, partition: Partition): void {
    if (current.remembered >= bounds.unservedPartitions) return;
    current.remembered += 1;
    const list = current.unserved.get(queue);
    if (list) list.push(partition);
    else current.unserved.set(queue, [partition]);
  }

  async function run(signal: AbortSignal): Promise<number> {
    const current = await begin();
    refresh = current;
    if (!current) return 0;
    while (await takeSlice(current)) if (signal.aborted) return current.looked;
    backlog.setUnserved(current.unserved);
    const now = clock.monotonic();
    restsUntil = now + (now - current.beganAt) * rest;
    refresh = undefined;
    return current.looked;
  }

  const loop = createLoop({ name: 'refresh-backlog', intervalMs, deadlineMs: 10_000, run }, deps);
  return {
    ...loop,
    wake() {
      isAsked = true;
      loop.wake();
    },
  };
}
