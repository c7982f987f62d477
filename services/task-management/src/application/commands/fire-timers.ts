import { createLoop, type Loop, type LoopDependencies, repeatWhileFull } from '@taskflow/kit-resilience';
import type { AdvanceCommand, AdvanceOutcome } from '../advance/advance-command.ts';
import type { ManagementBounds } from '../bounds.ts';
import type { WaitStore } from '../ports/wait-store.ts';

/** Nothing but a lost alarm waits this long: every wait that begins sets one, and each run looks for the next. */
const intervalMs = 30_000;

export interface Timers extends Loop {
  /** A wait began that is over after so long; 0 for an instant that somebody named: how far away it is, the database knows. */
  dueIn(ms: number): void;
}

export interface TimersDependencies extends LoopDependencies {
  readonly store: WaitStore;
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly bounds: Pick<ManagementBounds, 'dueWaits'>;
}

/**
 * Ends waits when their time has come: sleeps, those that give up, and and what a transaction deferred. What is due
 * lies in the database, so that a restart forgets nothing; whether it still is, the transaction decides. One that cannot
 * be ended is parked with its workflow by the writer, and keeps no other from its end.
 */
export function createTimers(dependencies: TimersDependencies): Timers {
  const { store, submit, bounds } = dependencies;

  async function run(signal: AbortSignal): Promise<number> {
    const fired = await repeatWhileFull(signal, async () => {
      const waits = await store.readDueWaits(bounds.dueWaits);
      if (signal.aborted || waits.length === 0) return 0;
      await submit({ kind: 'fire-waits', waits });
      return waits.length;
    });
    if (signal.aborted) return fired;
    const next = await store.nextWaitInMs();
    if (next !== undefined) loop.wakeIn(next);
    return fired;
  }

  const loop = createLoop({ name: 'fire-timers', intervalMs, run }, dependencies);
  return { ...loop, dueIn: (ms) => (ms > 0 ? loop.wakeIn(ms) : loop.wake()) };
}
