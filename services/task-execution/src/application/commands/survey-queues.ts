import { createLoop, type Loop, type LoopDependencies } from '@taskflow/kit-resilience';
import type { Backlog } from '../../domain/backlog.ts';
import { type Lane, queueKey } from '../../domain/lane.ts';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { MemoryEpoch } from '../dispatch/memory-epoch.ts';
import type { QueueStore } from '../ports/queue-store.ts';

const intervalMs = 1_000;
/** A survey that nobody asked for pauses so many times as long as it took: many lanes are looked at less often. */
const rest = 10;

/** A survey under way: lanes are found in their order, behind the last one. */
interface Survey {
  readonly paused: ReadonlySet<string>;
  readonly unserved: Map<string, Lane[]>;
  readonly beganAt: number;
  remembered: number;
  /** Lanes that were looked at in this round. */
  looked: number;
  behind: Lane | undefined;
}

export interface SurveyDependencies extends LoopDependencies {
  readonly store: QueueStore;
  readonly pool: WorkerPool;
  readonly backlog: Backlog;
  readonly epoch: MemoryEpoch;
  readonly claiming: { wake(): void };
  readonly bounds: ExecutionBounds;
}

/**
 * Looks where work waits and which queues are paused or limited, slice by slice until every lane was seen. The wake-ups
 * that follow every change are the fast path; this is the correct one, for whatever they missed: a restart, a lost
 * commit. What was not finished within a round goes on in the next.
 */
export function createSurveyLoop(deps: SurveyDependencies): Loop {
  const { store, pool, backlog, epoch, claiming, clock, bounds } = deps;
  let survey: Survey | undefined;
  let restsUntil = Number.NEGATIVE_INFINITY;
  let isAsked = false;

  async function begin(): Promise<Survey | undefined> {
    const settings = await store.settings();
    backlog.setLimitedQueues(settings.filter(({ concurrency }) => concurrency !== null));
    if (!survey && !isAsked && clock.monotonic() < restsUntil) return undefined;
    isAsked = false;
    const paused = settings.filter((queue) => queue.paused).map(({ tenantId, name }) => queueKey(tenantId, name));
    const { behind, unserved = new Map(), remembered = 0, beganAt = clock.monotonic() } = survey ?? {};
    return { paused: new Set(paused), unserved, remembered, looked: 0, beganAt, behind };
  }

  /** Gives whether there is more behind the slice. */
  async function takeSlice(current: Survey): Promise<boolean> {
    const { current: read } = epoch;
    const lanes = await store.lanesAfter(current.behind, bounds.lanesPerSlice);
    if (read !== epoch.current) return true;
    let found = false;
    for (const lane of lanes) {
      const queue = queueKey(lane.tenantId, lane.queue);
      if (!pool.anyFor(lane)) remember(current, queue, lane);
      else if (!current.paused.has(queue)) {
        backlog.add(lane);
        found = true;
      }
    }
    if (found) claiming.wake();
    current.behind = lanes.at(-1);
    current.looked += lanes.length;
    return lanes.length === bounds.lanesPerSlice;
  }

  function remember(current: Survey, queue: string, lane: Lane): void {
    if (current.remembered >= bounds.unservedLanes) return;
    current.remembered += 1;
    const list = current.unserved.get(queue);
    if (list) list.push(lane);
    else current.unserved.set(queue, [lane]);
  }

  async function run(signal: AbortSignal): Promise<number> {
    const current = await begin();
    survey = current;
    if (!current) return 0;
    while (await takeSlice(current)) if (signal.aborted) return current.looked;
    backlog.setUnserved(current.unserved);
    const now = clock.monotonic();
    restsUntil = now + (now - current.beganAt) * rest;
    survey = undefined;
    return current.looked;
  }

  const loop = createLoop({ name: 'survey', intervalMs, deadlineMs: 10_000, run }, deps);
  return {
    ...loop,
    wake() {
      isAsked = true;
      loop.wake();
    },
  };
}
