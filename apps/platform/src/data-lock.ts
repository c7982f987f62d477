import { createLifecycle, type Service } from '@taskflow/kit-lifecycle';
import { createDatabase, type Database, loadStatements } from '@taskflow/kit-postgres';
import { createLoop } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';

export type LockState = 'held' | 'unreachable' | 'taken';

export interface DataLock extends Service {
  readonly state: LockState;
}

interface DataLockOptions {
  name: string;
  url: string;
  clock: Clock;
  telemetry: Telemetry;
  /** The database does not answer. Resolves when something was done about it, or nothing can be. */
  unreachable(): Promise<void>;
  /** Somebody else took the lock while the connection was lost. */
  taken(): void;
  /** How long `start` waits for the session of a platform that was killed a moment ago; 3 s unless told. */
  patienceMs?: number;
}

/** Often enough that an ended server is back before callers give up, rare enough to cost nothing. */
const checkMs = 250;
const answerMs = 2_000;
const defaultPatienceMs = 3_000;
const retryMs = 100;

/**
 * Holds a session lock on one service's database for as long as the platform runs, and by the same statement
 * watches that the database answers. One connection of its own: the lock lives as long as its session does.
 */
export function createDataLock(options: DataLockOptions): DataLock {
  const { name, clock, telemetry } = options;
  const sql = loadStatements(new URL('./queries/', import.meta.url), ['hold-data-lock']);
  const database: Database = createDatabase({
    url: options.url,
    name: `${name}-lock`,
    poolSize: 1,
    profile: 'general',
    queryTimeoutMs: answerMs,
    connectTimeoutMs: answerMs,
    telemetry,
    clock,
  });
  let state: LockState = 'unreachable';

  const hold = async (): Promise<boolean> => {
    const [row] = await database.query<{ held: boolean }>(sql['hold-data-lock']);
    return row?.held === true;
  };
  /** Gives whether the lock is held, as a number. */
  const check = async () => {
    try {
      const held = await hold();
      if (!held && state !== 'taken') options.taken();
      if (held && state === 'unreachable') telemetry.log.info({ database: name }, 'the database answers again');
      state = held ? 'held' : 'taken';
    } catch {
      if (state === 'held') telemetry.log.warn({ database: name }, 'the database does not answer');
      state = 'unreachable';
      await options.unreachable();
    }
    return state === 'held' ? 1 : 0;
  };
  const watch = createLoop({ name: `${name}-lock`, intervalMs: checkMs, run: check }, { clock, telemetry });

  const start = async (stopped: AbortSignal) => {
    await database.start();
    const until = clock.monotonic() + (options.patienceMs ?? defaultPatienceMs);
    while (!(await hold())) {
      if (clock.monotonic() > until) {
        state = 'taken';
        return;
      }
      await clock.sleep(retryMs, stopped);
    }
    state = 'held';
    await watch.start();
  };
  const stop = async () => {
    await watch.stop();
    await database.stop();
  };
  return {
    ...createLifecycle({ name: `${name}-lock`, start, stop }),
    get state() {
      return state;
    },
  };
}
