import type { Database, Parameter, Queryable, Statement } from '@taskflow/kit-postgres';
import type { Clock } from '@taskflow/kit-time';

/** An engine's time on earth. Whoever asks something of a dead one is never answered, as with a killed process. */
export interface EngineLifetime {
  readonly isOver: boolean;
  /** What was sent to the databases and has not come back. */
  readonly inFlight: number;
  /** Counts what is sent to the databases: unchanged means that nothing happened in between. */
  readonly sent: number;
  end(): void;
  /** Resolves when nothing is in flight. */
  quiet(): Promise<void>;
  /** Counts `answer` as in flight; its value goes to nobody when the life has ended meanwhile. */
  follow<T>(answer: Promise<T>): Promise<T>;
}

const never = new Promise<never>(() => {});

export function createEngineLifetime(): EngineLifetime {
  let isOver = false;
  let inFlight = 0;
  let sent = 0;
  let whenQuiet: (() => void)[] = [];

  function landed(): void {
    inFlight -= 1;
    if (inFlight > 0) return;
    for (const report of whenQuiet) report();
    whenQuiet = [];
  }

  async function follow<T>(answer: Promise<T>): Promise<T> {
    inFlight += 1;
    sent += 1;
    await answer.catch(() => undefined);
    landed();
    return isOver ? never : answer;
  }

  return {
    get isOver() {
      return isOver;
    },
    get inFlight() {
      return inFlight;
    },
    get sent() {
      return sent;
    },
    end: () => {
      isOver = true;
    },
    quiet: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => whenQuiet.push(resolve))),
    follow,
  };
}

/** What work on a transaction meets when its engine dies: it is rolled back, and nobody hears of it. */
class EngineCrashedError extends Error {}

/** Begins nothing and commits nothing once the life is over. A COMMIT that was sent before may still succeed. */
export function crashableDatabase(database: Database, life: EngineLifetime): Database {
  const survive = () => {
    if (life.isOver) throw new EngineCrashedError('the engine was killed');
  };
  const during = (tx: Queryable): Queryable => ({
    query<R>(statement: Statement, parameters?: readonly Parameter[]) {
      survive();
      return tx.query<R>(statement, parameters);
    },
  });
  return {
    name: database.name,
    incarnation: {
      get epoch() {
        return database.incarnation.epoch;
      },
      onChange: (listener) =>
        database.incarnation.onChange(() => {
          if (!life.isOver) listener();
        }),
    },
    start: () => (life.isOver ? never : life.follow(database.start())),
    stop: () => database.stop(),
    query: <R>(statement: Statement, parameters?: readonly Parameter[]) =>
      life.isOver ? never : life.follow(database.query<R>(statement, parameters)),
    transaction(work, options) {
      if (life.isOver) return never;
      const working = async (tx: Queryable) => {
        const value = await work(during(tx));
        survive();
        return value;
      };
      return life.follow(database.transaction(working, options));
    },
  };
}

/** No timer of it fires once the life is over. */
export function crashableClock(clock: Clock, life: EngineLifetime): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: async (ms, signal) => {
      if (life.isOver) return never;
      try {
        await clock.sleep(ms, signal);
      } finally {
        if (life.isOver) await never;
      }
    },
    after: (ms, run) =>
      clock.after(ms, () => {
        if (!life.isOver) run();
      }),
  };
}

/** A clock until told to hurry: from then on every wait is over at once, so that what drains comes to its end. */
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
      // What these start is hurried by itself.
      const begun = Array.from(waiting);
      for (const fire of begun) fire();
    },
  };
}
