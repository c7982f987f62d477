import { createLifecycle, type Service } from '@taskflow/kit-lifecycle';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { RunStore } from './application/ports/run-store.ts';

/** How long a stopping service goes on to write what workers have reported, in milliseconds. */
const settleWithinMs = 5_000;
const lookEveryMs = 20;

export interface WritingParts {
  readonly runs: RunStore;
  readonly writers: readonly Service[];
  /** Commands that are not written yet. */
  readonly pending: () => number;
  /** Ends all connections of workers; they come back to the next process with what they hold. */
  readonly disconnect: () => void;
}

export interface ServiceLife {
  /**
   * True for one lease after a start that follows a crash. What the crash took back is dispatched again then, and must
   * be on disk first: a task that kills its whole machine would otherwise begin its first attempt for ever.
   */
  readonly dispatchesDurably: boolean;
  /** The database server has begun another run: it may have crashed, with all that was dispatched asynchronously. */
  databaseBeganAnew(): void;
  /**
   * What writes, in the order of its start: how the last run ended is known before anything is dispatched, and connections
   * end before the writers, which by then have written what came over them.
   */
  inOrder(parts: WritingParts): readonly Service[];
}

export function createServiceLife(deps: { clock: Clock; log: Log; durableForMs: number }): ServiceLife {
  const { clock, log, durableForMs } = deps;
  let durableUntil = Number.POSITIVE_INFINITY;

  /** Says how the last run ended, and that this one ends cleanly. */
  function runRecord(runs: RunStore): Service {
    return createLifecycle({
      name: 'run-record',
      async start() {
        const wasClean = await runs.begin();
        durableUntil = wasClean ? Number.NEGATIVE_INFINITY : clock.monotonic() + durableForMs;
        if (!wasClean) log.warn('the last run ended by a crash; what it had dispatched comes back within a lease');
      },
      async stop() {
        // Within the first lease after a crash the next start has to be as careful as this one.
        if (clock.monotonic() < durableUntil) return;
        await runs.end().catch((error: unknown) => {
          log.warn({ err: error }, 'the clean stop could not be recorded; the next start takes this one for a crash');
        });
      },
    });
  }

  /** Writes what workers have reported before they lose their connections. */
  async function drain({ pending, disconnect }: WritingParts): Promise<void> {
    const until = clock.monotonic() + settleWithinMs;
    while (pending() > 0 && clock.monotonic() < until) await clock.sleep(lookEveryMs);
    disconnect();
  }

  return {
    get dispatchesDurably() {
      return clock.monotonic() < durableUntil;
    },
    databaseBeganAnew() {
      durableUntil = Math.max(durableUntil, clock.monotonic() + durableForMs);
    },
    inOrder: (parts) => {
      const connections = createLifecycle({ name: 'connections', stop: () => drain(parts) });
      return [runRecord(parts.runs), ...parts.writers, connections];
    },
  };
}
