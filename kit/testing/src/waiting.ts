import { withDeadline } from '@taskflow/kit-resilience';
import { systemClock } from '@taskflow/kit-time';

const patienceMs = 10_000;

export interface Signal<T> {
  /** Hands one value to the oldest `next` that waits, or keeps it for the following one. */
  send(value: T): void;
  /** The next value in order. Rejects when none comes within 10 s, or the time given in milliseconds. */
  next(withinMs?: number): Promise<T>;
  /** Values that nobody has taken yet. */
  readonly waiting: number;
}

/** A queue between the code under test and the test: instead of sleeping, a test waits for what it is waiting for. */
export function signal<T = void>(): Signal<T> {
  const values: T[] = [];
  const takers: ((value: T) => void)[] = [];
  return {
    send: (value) => {
      const taker = takers.shift();
      if (taker === undefined) values.push(value);
      else taker(value);
    },
    next: (withinMs = patienceMs) => {
      if (values.length > 0) return Promise.resolve(values.shift() as T);
      let taker: (value: T) => void = () => undefined;
      const value = new Promise<T>((resolve) => {
        taker = resolve;
        takers.push(resolve);
      });
      return withDeadline(withinMs, value, 'the signal', systemClock).catch((error: unknown) => {
        takers.splice(takers.indexOf(taker), 1);
        throw error;
      });
    },
    get waiting() {
      return values.length;
    },
  };
}

type GivesValue<T> = unknown extends T ? unknown : void extends T ? AssertsOnly : unknown;
type AssertsOnly = 'a check that only asserts belongs to eventuallyHolds';

/**
 * Repeats `check` until it gives a value that is neither `false` nor `undefined`, without throwing, and gives that
 * value. Rejects with the last failure after 10 s, or the time given. A check that only asserts gives nothing, and
 * belongs to `eventuallyHolds`; here it does not compile.
 */
export async function eventually<T>(
  check: (() => T | Promise<T>) & GivesValue<T>,
  { withinMs = patienceMs }: { withinMs?: number } = {},
): Promise<T> {
  const start = systemClock.monotonic();
  let failure: unknown = new Error('the condition stayed false');
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    try {
      const value = await check();
      if (value !== false && value !== undefined) return value;
    } catch (error) {
      failure = error;
    }
    if (systemClock.monotonic() - start > withinMs) throw failure;
    await systemClock.sleep(pauseMs);
  }
}

/**
 * Repeats `check` until none of its assertions fails, and gives its value, whatever that is. Rejects with the last
 * failure after 10 s, or the time given.
 */
export async function eventuallyHolds<T>(check: () => T | Promise<T>, options?: { withinMs?: number }): Promise<T> {
  const { value } = await eventually<{ value: T }>(async () => ({ value: await check() }), options);
  return value;
}
