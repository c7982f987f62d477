import type { Database, Queryable } from '@taskflow/kit-postgres';
import type { Clock } from '@taskflow/kit-time';

/** What ends all at once: whoever asks something of a dead engine is never answered, as with a killed process. */
export interface Life {
  readonly isOver: boolean;
  end(): void;
}

export function createLife(): Life {
  let isOver = false;
  return {
    get isOver() {
      return isOver;
    },
    end: () => {
      isOver = true;
    },
  };
}

const never = new Promise<never>(() => {});

/** The value, or no answer when the life ended meanwhile. */
async function heard<T>(life: Life, answer: Promise<T>): Promise<T> {
  try {
    const value = await answer;
    return life.isOver ? await never : value;
  } catch (error) {
    if (life.isOver) return never;
    throw error;
  }
}

/** Sends nothing more and hears nothing more once the life is over; what was open is rolled back by its lost session. */
export function mortalDatabase(database: Database, life: Life): Database {
  const within =
    (queryable: Queryable): Queryable['query'] =>
    (...asked) =>
      life.isOver ? never : heard(life, queryable.query(...asked));
  return {
    name: database.name,
    start: () => (life.isOver ? never : heard(life, database.start())),
    stop: () => database.stop(),
    query: within(database),
    transaction: (work, options) =>
      life.isOver
        ? never
        : heard(
            life,
            database.transaction((tx) => heard(life, work({ query: within(tx) })), options),
          ),
  };
}

/** No timer of it fires once the life is over. */
export function mortalClock(clock: Clock, life: Life): Clock {
  const after: Clock['after'] = (ms, run) =>
    clock.after(ms, () => {
      if (!life.isOver) run();
    });
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => (life.isOver ? never : heard(life, clock.sleep(ms, signal))),
    after,
  };
}

/** Real time until told to hurry: from then on every wait is over at once, so that what drains ends. */
export function hastyClock(clock: Clock): { readonly clock: Clock; hurry(): void } {
  let hurried = false;
  const waiting = new Set<() => void>();
  const after: Clock['after'] = (ms, run) => {
    const fire = () => {
      cancel();
      run();
    };
    const cancelTimer = clock.after(hurried ? 0 : ms, fire);
    const cancel = () => {
      cancelTimer();
      waiting.delete(fire);
    };
    waiting.add(fire);
    return cancel;
  };
  return {
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => clock.sleep(hurried ? 0 : ms, signal),
      after,
    },
    hurry() {
      hurried = true;
      for (const fire of [...waiting]) fire();
    },
  };
}
