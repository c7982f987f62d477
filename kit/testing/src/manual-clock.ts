import type { Clock } from '@taskflow/kit-time';

export interface ManualClock extends Clock {
  /**
   * Moves time forward. Whatever falls due runs in order, each with the clock at its own moment, and what it starts
   * gets a turn before the next. Resolves when all of it has run.
   */
  advance(ms: number): Promise<void>;
  /**
   * Is `ms` later at once, as a machine that slept: what fell due meanwhile runs on arrival, once each and in order,
   * and so does what falls due within `aheadMs` from then. What that starts waits for its own time.
   */
  leap(ms: number, aheadMs?: number): Promise<void>;
  /** Sets the wall clock, forwards or back; spans and timers do not notice. */
  jumpTo(epochMs: number): void;
  /** When the next timer is due, in milliseconds from now; `undefined` when none waits. */
  readonly nextDueMs: number | undefined;
  /** Timers that still wait. */
  readonly pending: number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  run(): void;
}

/** A clock that stands still until told. Starts at 2026-01-01T00:00:00Z unless told. */
export function manualClock(startMs: number = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0;
  let wallOffset = startMs;
  let order = 0;
  const timers = new Set<Timer>();

  function schedule(ms: number, run: () => void): () => void {
    order += 1;
    const timer: Timer = { at: elapsed + Math.max(0, ms), order, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  }

  function nextDue(limit: number, latest = order): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.at > limit || timer.order > latest) continue;
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        cancel();
        reject(signal?.reason as Error);
      };
      const cancel = schedule(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function advance(ms: number): Promise<void> {
    const target = elapsed + ms;
    await turn();
    for (let timer = nextDue(target); timer !== undefined; timer = nextDue(target)) {
      timers.delete(timer);
      elapsed = Math.max(elapsed, timer.at);
      timer.run();
      await turn();
    }
    elapsed = target;
  }

  async function leap(ms: number, aheadMs = 0): Promise<void> {
    elapsed += ms;
    const latest = order;
    for (;;) {
      const timer = nextDue(elapsed + aheadMs, latest);
      if (timer === undefined) return;
      timers.delete(timer);
      timer.run();
      await turn();
    }
  }

  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    sleep,
    after: schedule,
    advance,
    leap,
    jumpTo: (epochMs) => {
      wallOffset = epochMs - elapsed;
    },
    get nextDueMs() {
      const next = nextDue(Number.POSITIVE_INFINITY);
      return next && next.at - elapsed;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** One turn of the event loop: all promises that can settle now have settled. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
