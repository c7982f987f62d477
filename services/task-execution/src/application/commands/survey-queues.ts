import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import { type Lane, queueKey } from '../../domain/lane.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { QueueStore } from '../ports/queue-store.ts';

const intervalMs = 1_000;
/** Lanes that one survey sees. */
const mostLanes = 10_000;

/**
 * Looks where work waits and which queues are paused or limited. The wake-ups that follow every change are the fast
 * path; this is the correct one, for whatever they missed: a restart, another process, a lost commit.
 */
export function createSurveyLoop(deps: {
  store: QueueStore;
  dispatch: Dispatch;
  claiming: { wake(): void };
  clock: Clock;
  log: Log;
}): Loop {
  const { store, dispatch } = deps;
  return createLoop({
    name: 'survey',
    intervalMs,
    clock: deps.clock,
    log: deps.log,
    deadlineMs: 10_000,
    async run() {
      const [settings, lanes] = await Promise.all([store.settings(), store.lanesInUse(mostLanes)]);
      dispatch.setLimitedQueues(settings.filter(({ concurrency }) => concurrency !== null));
      const paused = new Set(
        settings.filter((queue) => queue.paused).map((queue) => queueKey(queue.tenantId, queue.name)),
      );
      let found = false;
      const unserved: Lane[] = [];
      for (const lane of lanes) {
        if (!dispatch.pool.anyFor(lane)) unserved.push(lane);
        else if (!paused.has(queueKey(lane.tenantId, lane.queue))) {
          dispatch.backlogs.add(lane);
          found = true;
        }
      }
      dispatch.unserved = Map.groupBy(unserved, ({ tenantId, queue }) => queueKey(tenantId, queue));
      if (found) deps.claiming.wake();
    },
  });
}
