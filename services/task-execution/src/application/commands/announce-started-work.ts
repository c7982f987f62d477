import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Work that ends sooner publishes its start together with its end: one entry instead of two. */
const announceAfterMs = 200;
const intervalMs = 100;
const mostPerBatch = 1_000;

/** Publishes TaskStarted of attempts that run for longer than a moment. */
export function createAnnouncingLoop(deps: { ledger: Ledger; dispatch: Dispatch; clock: Clock; log: Log }): Loop {
  const { dispatch, ledger, clock } = deps;
  return createLoop({
    name: 'announce',
    intervalMs,
    clock,
    log: deps.log,
    deadlineMs: 10_000,
    async run() {
      for (;;) {
        const before = clock.monotonic() - announceAfterMs;
        const leases = dispatch.announcements.takeOlderThan(before, (lease) => dispatch.isHeld(lease), mostPerBatch);
        if (leases.length === 0) return;
        await ledger.submit({ kind: 'announce', leases });
        if (leases.length < mostPerBatch) return;
      }
    },
  });
}
