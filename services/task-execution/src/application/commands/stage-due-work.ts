import { createLoop } from '@taskflow/kit-resilience';
import type { Service } from '@taskflow/kit-lifecycle';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { Ledger } from '../ledger/ledger.ts';

/** Nothing but a lost alarm waits this long: every pause sets one, and the sweep looks for what is due too. */
const intervalMs = 30_000;
/** Alarms further away are left to the sweep, which sees them come near. */
const furthestAlarmMs = 60_000;

export interface Staging extends Service {
  wake(): void;
  /** A pause between attempts is over in `ms`. */
  inMs(ms: number): void;
}

/** Puts work whose pause between attempts is over back in line, on the moment. */
export function createStaging(deps: { ledger: Ledger; clock: Clock; log: Log }): Staging {
  const { clock, ledger } = deps;
  let alarmAt = Number.POSITIVE_INFINITY;
  let cancelAlarm = () => {};

  const loop = createLoop({
    name: 'stage',
    intervalMs,
    clock,
    log: deps.log,
    deadlineMs: 30_000,
    async run(signal) {
      for (;;) {
        const { affected } = await ledger.submit({ kind: 'stage' });
        if (affected === 0 || signal.aborted) return;
      }
    },
  });

  function ring(): void {
    alarmAt = Number.POSITIVE_INFINITY;
    loop.wake();
  }

  return {
    name: loop.name,
    start: () => loop.start(),
    stop: () => {
      cancelAlarm();
      return loop.stop();
    },
    wake: () => loop.wake(),
    trouble: () => loop.trouble(),
    inMs(ms) {
      const at = clock.monotonic() + ms;
      if (ms > furthestAlarmMs || at >= alarmAt) return;
      cancelAlarm();
      alarmAt = at;
      // One millisecond more: the database must have reached the instant when it is asked.
      cancelAlarm = clock.after(Math.max(0, ms) + 1, ring);
    },
  };
}
