import type { Database, DatabaseOptions, Parameter, Queryable, Statement } from '@taskflow/kit-postgres';

/**
 * One durable write of an engine, and the side of it on which the engine dies. Writes are numbered per pool, from 1:
 * pools write side by side, and only the order within one comes out again from run to run.
 */
export interface Checkpoint {
  readonly pool: string;
  readonly ordinal: number;
  /** `before` its COMMIT is sent, or `after` it returned and before anybody hears of that. */
  readonly moment: 'before' | 'after';
}

export interface Checkpoints {
  /** Stands between the services and their databases. */
  watch(database: Database, options: DatabaseOptions): Database;
  /** Counts from here on, and kills at `at` where that is given. */
  arm(at?: Checkpoint): void;
  /** Durable writes since then, by pool. */
  readonly counts: ReadonlyMap<string, number>;
}

const writes = /\b(insert\s+into|delete\s+from|merge\s+into|(?<!for\s)(?<!key\s)update)\b/i;
const comments = /--[^\n]*/g;
const known = new Map<string, boolean>();

function isWriting({ text }: { readonly text: string }): boolean {
  const judged = known.get(text) ?? writes.test(text.replaceAll(comments, ''));
  known.set(text, judged);
  return judged;
}

class EngineKilled extends Error {}

/** `kill` must have ended the engine when it returns. */
export function createCheckpoints(kill: () => void): Checkpoints {
  const counts = new Map<string, number>();
  let at: Checkpoint | undefined;
  let isArmed = false;

  /** Numbers a write; the same number counts for both of its sides. */
  function begin(pool: string): number {
    const ordinal = (counts.get(pool) ?? 0) + 1;
    if (isArmed) counts.set(pool, ordinal);
    return ordinal;
  }

  function pass(pool: string, ordinal: number, moment: Checkpoint['moment']): void {
    if (!isArmed || at?.pool !== pool || at.ordinal !== ordinal || at.moment !== moment) return;
    at = undefined;
    kill();
    throw new EngineKilled(`killed ${moment} write ${ordinal} of ${pool}`);
  }

  function watch(database: Database, { name: pool }: DatabaseOptions): Database {
    return {
      ...database,
      async query<R>(statement: Statement, parameters?: readonly Parameter[]): Promise<R[]> {
        if (!isWriting(statement)) return database.query<R>(statement, parameters);
        const ordinal = begin(pool);
        pass(pool, ordinal, 'before');
        const rows = await database.query<R>(statement, parameters);
        pass(pool, ordinal, 'after');
        return rows;
      },
      async transaction(work, options) {
        let ordinal: number | undefined;
        const value = await database.transaction(async (tx) => {
          let writing = false;
          const watched: Queryable = {
            query: <R>(statement: Statement, parameters?: readonly Parameter[]) => {
              writing ||= isWriting(statement);
              return tx.query<R>(statement, parameters);
            },
          };
          const done = await work(watched);
          if (writing) {
            ordinal = begin(pool);
            pass(pool, ordinal, 'before');
          }
          return done;
        }, options);
        if (ordinal !== undefined) pass(pool, ordinal, 'after');
        return value;
      },
    };
  }

  return {
    watch,
    arm(point) {
      counts.clear();
      at = point;
      isArmed = true;
    },
    counts,
  };
}
