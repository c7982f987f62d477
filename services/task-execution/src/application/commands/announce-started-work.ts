import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { ExecutionBounds } from '../bounds.ts';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { AnnouncementQueue } from '../dispatch/announcement-queue.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Work that ends sooner publishes its start together with its end: one entry instead of two. */
const announceAfterMs = 200;
const intervalMs = 100;

/** Publishes TaskStarted of attempts that run for longer than a moment. */
export function createAnnouncingLoop(deps: {
  ledger: Ledger;
  announcements: AnnouncementQueue;
  pool: WorkerPool;
  clock: Clock;
  log: Log;
  bounds: ExecutionBounds;
}): Loop {
  const { announcements, pool, ledger, clock } = deps;
  const maxPerBatch = deps.bounds.announcementsPerBatch;
  return createLoop({
    name: 'announce',
    intervalMs,
    clock,
    log: deps.log,
    deadlineMs: 10_000,
    async run() {
      for (;;) {
        const before = clock.monotonic() - announceAfterMs;
        const leases = announcements.takeOlderThan(before, (lease) => pool.isHeld(lease), maxPerBatch);
        if (leases.length === 0) return;
        await ledger.submit({ kind: 'announce', leases });
        if (leases.length < maxPerBatch) return;
      }
    },
  });
}
