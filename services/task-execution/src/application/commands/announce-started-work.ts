import { createLoop, type Loop, type LoopDependencies, repeatWhileFull } from '@taskflow/kit-resilience';
import type { ExecutionBounds } from '../bounds.ts';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { AnnouncementQueue } from '../dispatch/announcement-queue.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Work that ends sooner publishes its start together with its end: one entry instead of two. */
const announceAfterMs = 200;
const intervalMs = 100;

export interface AnnouncingDependencies extends LoopDependencies {
  readonly ledger: Ledger;
  readonly announcements: AnnouncementQueue;
  readonly pool: WorkerPool;
  readonly bounds: ExecutionBounds;
}

/** Publishes TaskStarted of attempts that run for longer than a moment. */
export function createAnnouncingLoop(deps: AnnouncingDependencies): Loop {
  const { announcements, pool, ledger, clock, bounds } = deps;

  async function announce(): Promise<number> {
    const before = clock.monotonic() - announceAfterMs;
    const leases = announcements.takeOlderThan(before, (lease) => pool.isHeld(lease), bounds.announcementsPerBatch);
    if (leases.length > 0) await ledger.submit({ kind: 'announce', leases });
    return leases.length;
  }

  const run = (signal: AbortSignal) => repeatWhileFull(signal, announce, bounds.announcementsPerBatch);
  return createLoop({ name: 'announce', intervalMs, deadlineMs: 10_000, run }, deps);
}
