import { OverloadedError } from '@taskflow/kit-resilience';
import type { Clock } from '@taskflow/kit-time';

/** Callers that wait for a task or a workflow to end. */
export interface ResultSubscribers {
  /** Wakes everybody who waits for this id. Cheap when nobody does. */
  notify(id: string): void;
  /** Wakes everybody: what they have read need not be true any more. */
  notifyAll(): void;
  /**
   * Reads until `isOver` holds or the time is up, and gives what it read last. While the database is away it goes on
   * waiting, and rejects only if it is away at the end. Waking is local to this process;
   * the read every `pollMs` is what makes the answer right wherever the end was written.
   */
  await<T>(id: string, options: AwaitOptions<T>): Promise<T>;
  readonly size: number;
}

export interface AwaitOptions<T> {
  readonly seconds: number;
  readonly signal: AbortSignal;
  read(): Promise<T>;
  isOver(value: T): boolean;
}

const pollMs = 1_000;

/** The database is away, and may be there again before the time is up. */
function isPassing(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'unavailable';
}

export function createResultSubscribers(clock: Clock, maxSubscribers: number): ResultSubscribers {
  const waiting = new Map<string, Set<() => void>>();
  let size = 0;

  /** Resolves when notified, or after `ms`, or when the caller has gone. Registered before it returns. */
  function register(id: string): { woken: Promise<void>; leave(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const set = waiting.get(id) ?? new Set();
    waiting.set(id, set.add(resolve));
    size += 1;
    return {
      woken: promise,
      leave: () => {
        size -= 1;
        set.delete(resolve);
        if (set.size === 0 && waiting.get(id) === set) waiting.delete(id);
        resolve();
      },
    };
  }

  async function oneRound<T>(
    id: string,
    ms: number,
    { read, isOver, signal }: AwaitOptions<T>,
  ): Promise<T | undefined> {
    // Registered before reading: an end that is written in between still wakes this round.
    const { woken, leave } = register(id);
    const cancelTimer = clock.after(ms, leaveQuietly);
    signal.addEventListener('abort', leaveQuietly, { once: true });
    let left = false;
    function leaveQuietly() {
      if (left) return;
      left = true;
      leave();
    }
    try {
      const value = await read();
      if (isOver(value) || signal.aborted || ms <= 0) return value;
      await woken;
      return undefined;
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error;
      await woken;
      return undefined;
    } finally {
      cancelTimer();
      signal.removeEventListener('abort', leaveQuietly);
      leaveQuietly();
    }
  }

  return {
    notify: (id) => {
      const set = waiting.get(id);
      if (set) for (const wake of set) wake();
    },
    notifyAll: () => {
      for (const set of waiting.values()) for (const wake of set) wake();
    },
    await: async (id, options) => {
      if (size >= maxSubscribers) throw new OverloadedError(`${maxSubscribers} callers are waiting already`);
      const end = clock.monotonic() + options.seconds * 1_000;
      for (;;) {
        const left = end - clock.monotonic();
        if (left <= 0 || options.signal.aborted) return options.read();
        const value = await oneRound(id, Math.min(left, pollMs), options);
        if (value !== undefined) return value;
      }
    },
    get size() {
      return size;
    },
  };
}
