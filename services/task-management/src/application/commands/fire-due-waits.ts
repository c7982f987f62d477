import type { Service } from '@taskflow/kit-lifecycle';
import { createLoop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { AdvanceCommand, AdvanceOutcome } from '../advance/advance-command.ts';
import type { ManagementBounds } from '../bounds.ts';
import type { WaitStore } from '../ports/advance-store.ts';

/** Nothing but a lost alarm waits this long: every wait that begins sets one, and each run looks for the next. */
const intervalMs = 30_000;
/** Alarms further away are left to a run that sees them come near. */
const furthestAlarmMs = 60_000;

export interface WaitTimers extends Service {
  /** A wait began that is over after so long; 0 for an instant that somebody named: how far away it is, the database knows. */
  dueIn(ms: number): void;
  /** Looks at once: what is due need not be what it was. */
  wake(): void;
}

export interface WaitTimersDependencies {
  readonly store: WaitStore;
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly bounds: Pick<ManagementBounds, 'dueWaits'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
}

/**
 * Ends waits when their time has come: sleeps, those that give up, and steps whose beginning was left to a turn. What
 * is due lies in the database, so that a restart forgets nothing; whether it still is, the turn decides. One that cannot
 * be ended is parked with its workflow by the writer, and keeps no other from its end.
 */
export function createWaitTimers({ store, submit, bounds, clock, log }: WaitTimersDependencies): WaitTimers {
  let alarmAt = Number.POSITIVE_INFINITY;
  let cancelAlarm = () => {};

  async function run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const waits = await store.readDueWaits(bounds.dueWaits);
      if (signal.aborted) return;
      if (waits.length === 0) break;
      await submit({ type: 'fire-waits', waits });
    }
    const next = await store.nextWaitInMs();
    if (next !== undefined) setAlarm(next);
  }

  const loop = createLoop({ name: 'fire-due-waits', intervalMs, run, clock, log });

  function setAlarm(ms: number): void {
    const at = clock.monotonic() + ms;
    if (ms > furthestAlarmMs || at >= alarmAt) return;
    cancelAlarm();
    alarmAt = at;
    // One millisecond more: the database must have reached the instant when it is asked.
    cancelAlarm = clock.after(Math.max(0, Math.ceil(ms)) + 1, ring);
  }

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
    dueIn: (ms) => {
      if (ms === Number.POSITIVE_INFINITY) return;
      if (ms <= 0) loop.wake();
      else setAlarm(ms);
    },
  };
}
