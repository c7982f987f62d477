import type { Service } from '@taskflow/kit-lifecycle';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { RunStore } from './application/ports/run-store.ts';

/** How long a stopping service goes on to write what workers have reported, in milliseconds. */
const settleWithinMs = 5_000;
const lookEveryMs = 20;

export interface ServiceParts {
  readonly name: string;
  /** Runs before anything is opened. */
  readonly prepare: () => Promise<void>;
  readonly runs: RunStore;
  readonly pools: readonly Service[];
  readonly writers: readonly Service[];
  readonly loops: readonly Service[];
  /** Commands that are not written yet. */
  readonly pending: () => number;
  /** Ends all connections of workers; they come back to the next process with what they hold. */
  readonly disconnect: () => void;
}

export interface ServiceLife {
  /** Nothing more is handed over. */
  readonly stopping: boolean;
  /**
   * True for one lease after a start that follows a crash. What the crash took back is handed over again then, and must
   * be on disk first: a task that kills its whole machine would otherwise begin its first attempt for ever.
   */
  readonly handsOverDurably: boolean;
  /** The database server has begun another run: it may have crashed, with all that was handed over asynchronously. */
  databaseBeganAnew(): void;
  of(parts: ServiceParts): Service;
}

export function serviceLife(deps: { clock: Clock; log: Log; durableForMs: number }): ServiceLife {
  const { clock, log, durableForMs } = deps;
  let stopping = false;
  let durableUntil = Number.POSITIVE_INFINITY;
  let starting: Promise<void> | undefined;
  let ending: Promise<void> | undefined;

  async function start(parts: ServiceParts): Promise<void> {
    await parts.prepare();
    try {
      for (const part of [...parts.pools, ...parts.writers]) await part.start();
      const wasClean = await parts.runs.begin();
      durableUntil = wasClean ? Number.NEGATIVE_INFINITY : clock.monotonic() + durableForMs;
      if (!wasClean) log.warn('the last run ended by a crash; what it had handed over comes back within a lease');
      for (const loop of parts.loops) await loop.start();
    } catch (error) {
      await stop(parts);
      throw error;
    }
  }

  async function stop(parts: ServiceParts): Promise<void> {
    stopping = true;
    for (const loop of parts.loops) await loop.stop();
    const until = clock.monotonic() + settleWithinMs;
    while (parts.pending() > 0 && clock.monotonic() < until) await clock.sleep(lookEveryMs);
    parts.disconnect();
    for (const writer of parts.writers) await writer.stop();
    // Within the first lease after a crash the next start has to be as careful as this one.
    if (clock.monotonic() >= durableUntil) await recordCleanStop(parts.runs);
    for (const pool of parts.pools) await pool.stop();
  }

  async function recordCleanStop(runs: RunStore): Promise<void> {
    await runs.end().catch((error: unknown) => {
      log.warn({ err: error }, 'the clean stop could not be recorded; the next start takes this one for a crash');
    });
  }

  return {
    get stopping() {
      return stopping;
    },
    get handsOverDurably() {
      return clock.monotonic() < durableUntil;
    },
    databaseBeganAnew() {
      durableUntil = Math.max(durableUntil, clock.monotonic() + durableForMs);
    },
    of: (parts) => ({
      name: parts.name,
      start: () => {
        starting ??= start(parts);
        return starting;
      },
      stop: () => {
        ending ??= stop(parts);
        return ending;
      },
    }),
  };
}
