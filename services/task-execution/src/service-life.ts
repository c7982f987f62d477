import type { Service } from '@taskflow/kit-lifecycle';
import type { Clock } from '@taskflow/kit-time';

/** How long a stopping service goes on to write what workers have reported, in milliseconds. */
const settleWithinMs = 5_000;
const lookEveryMs = 20;

export interface ServiceParts {
  readonly name: string;
  /** Runs before anything is opened. */
  readonly prepare: () => Promise<void>;
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
   * True for one lease after the start. What an unclean stop took back is handed over again then, and must be on disk
   * first: a task that kills its whole machine would otherwise begin its first attempt for ever.
   */
  readonly handsOverDurably: boolean;
  of(parts: ServiceParts): Service;
}

export function serviceLife({ clock, durableForMs }: { clock: Clock; durableForMs: number }): ServiceLife {
  let stopping = false;
  let startedAt = clock.monotonic();
  let starting: Promise<void> | undefined;
  let ending: Promise<void> | undefined;

  async function start(parts: ServiceParts): Promise<void> {
    await parts.prepare();
    try {
      for (const part of [...parts.pools, ...parts.writers]) await part.start();
      startedAt = clock.monotonic();
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
    for (const part of [...parts.writers, ...parts.pools]) await part.stop();
  }

  return {
    get stopping() {
      return stopping;
    },
    get handsOverDurably() {
      return clock.monotonic() - startedAt < durableForMs;
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
