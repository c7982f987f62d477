import { withDeadline } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';

/** Something that was started and has to be ended. */
export interface Part {
  readonly name: string;
  /** Ends it in order. */
  end(): Promise<void>;
  /** Ends it at once. Parts without it are left as they are by somebody in a hurry: they end with the process. */
  endAtOnce?(): Promise<void>;
  /** Longest time for either, in milliseconds; 15,000 unless told. */
  withinMs?: number;
}

export interface Ending {
  add(part: Part): void;
  /** Ends every part, the last added first; one that fails or hangs holds up no other. */
  run(): Promise<void>;
}

const partDeadlineMs = 15_000;

/**
 * `hurry` cuts every orderly end short, also the one in progress, whose part is then ended at once. What would
 * outlive the process, a database server above all, is ended either way.
 */
export function createEnding({ clock, log, hurry }: { clock: Clock; log: Log; hurry: AbortSignal }): Ending {
  const parts: Part[] = [];
  const hurried = new Promise<void>((resolve) => {
    if (hurry.aborted) resolve();
    else hurry.addEventListener('abort', () => resolve(), { once: true });
  });

  async function endInTime({ name, withinMs = partDeadlineMs }: Part, end: () => Promise<void>): Promise<void> {
    try {
      await withDeadline(withinMs, end(), `stopping ${name}`, clock);
    } catch (error) {
      log.error({ err: error, part: name }, 'a part of the platform did not stop cleanly');
    }
  }
  return {
    add: (part) => void parts.push(part),
    async run() {
      for (let part = parts.pop(); part; part = parts.pop()) {
        const { end, endAtOnce } = part;
        if (!hurry.aborted) await Promise.race([endInTime(part, end), hurried]);
        if (hurry.aborted && endAtOnce) await endInTime(part, endAtOnce);
      }
    },
  };
}
