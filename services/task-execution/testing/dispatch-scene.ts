import type { Clock } from '@taskflow/kit-time';
import { sequentialIds } from '@taskflow/kit-testing';
import { executionBounds } from '../src/application/bounds.ts';
import { AnnouncementQueue } from '../src/application/dispatch/announcement-queue.ts';
import { Dispatcher, type DispatchListeners } from '../src/application/dispatch/dispatcher.ts';
import { MemoryEpoch } from '../src/application/dispatch/memory-epoch.ts';
import { WorkerRegistry } from '../src/application/dispatch/worker-registry.ts';
import type { ExecutionMeter } from '../src/application/ports/execution-meter.ts';
import { Backlog } from '../src/domain/backlog.ts';
import { WorkerPool } from '../src/domain/worker-pool.ts';

/** Counts nothing. */
export const noMeter: ExecutionMeter = {
  accepted: () => {},
  ended: () => {},
  sessionsExpired: () => {},
  superseded: () => {},
  isolated: () => {},
  rates: () => ({ in: 0, out: 0 }),
};

/** A dispatcher without workers and its memory, whose news nobody hears but for the listeners that are given. */
export function dispatchScene(clock: Clock, listeners: Partial<DispatchListeners> = {}, ids = sequentialIds()) {
  const pool = new WorkerPool();
  const registry = new WorkerRegistry({ pool, bounds: executionBounds, clock, workerJoined: () => {} });
  const backlog = new Backlog();
  const memory = { pool, registry, backlog, announcements: new AnnouncementQueue(), epoch: new MemoryEpoch() };
  const dispatcher = new Dispatcher({
    ...memory,
    clock,
    ids,
    meter: noMeter,
    isOpen: () => true,
    listeners: {
      workMayBeClaimed: () => {},
      pauseEndsIn: () => {},
      orphaned: () => {},
      ...listeners,
    },
  });
  return { ...memory, dispatcher };
}
