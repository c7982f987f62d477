import {
  createDatabase,
  type Database,
  type DatabaseProfile,
  loadStatements,
  type Parameter,
  type Queryable,
  type Statement,
  withIdentifiers,
} from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';

/** A statement, how its service connects for it, and parameters that find a few of the rows of `fill`. */
export interface PlanTrial {
  readonly statement: Statement;
  readonly profile: DatabaseProfile;
  readonly parameters: readonly Parameter[];
  /** Tables that it reads whole, because it must or because they stay small: what it reads of them is not counted. */
  readonly readsWhole?: readonly string[];
}

export interface GrowingTables {
  /** Of a database that nobody else uses meanwhile. */
  readonly url: string;
  readonly tables: readonly string[];
  /** Statements that fill the empty tables. */
  readonly fill: readonly string[];
}

/** What one statement read in one state of the tables. */
export interface RowsRead {
  /** Name of the trial and state, such as `lock-tasks, analyzed while empty`. */
  readonly trial: string;
  /** Rows and index entries, those that a filter threw away included. */
  readonly rows: number;
}

const sql = loadStatements(new URL('./queries/', import.meta.url), [
  'rows-read',
  'truncate-table',
  'delete-all',
  'vacuum-table',
  'vacuum-keeping-pages',
]);

type TableStatement = Exclude<keyof typeof sql, 'rows-read'>;

/** A connection that is free to choose settles on one plan for all parameters after five executions. */
const executions = 6;

/**
 * Executes statements on filled tables in each of the states that make plans flip, and counts what they read. The
 * count and not the plan is what tells: a scan of an index that fits in part walks the table, too. A statement whose
 * plan holds reads about as many rows as its parameters name, in every state. All that they write is rolled back.
 */
export async function rowsReadByState(
  { url, tables, fill }: GrowingTables,
  trials: Readonly<Record<string, PlanTrial>>,
): Promise<RowsRead[]> {
  const filler = connect(url, 'general');
  const read: RowsRead[] = [];
  const each = async (name: TableStatement) => {
    for (const table of tables) await filler.query(withIdentifiers(sql[name], { table }));
  };
  const filled = async () => {
    for (const text of fill) await filler.query({ name: '', text });
  };
  /** Plans are made before `change` and used after it. */
  const inState = async (state: string, change: () => Promise<void>) => {
    const pools = { 'data-path': connect(url, 'data-path'), general: connect(url, 'general') };
    try {
      for (let n = 0; n < executions; n += 1) await countRows(pools, tables, trials);
      await change();
      const counts = await countRows(pools, tables, trials);
      for (const [name, rows] of Object.entries(counts)) read.push({ trial: `${name}, ${state}`, rows });
    } finally {
      await Promise.all(Object.values(pools).map((pool) => pool.stop()));
    }
  };
  const nothing = () => Promise.resolve();
  try {
    await each('truncate-table');
    await inState('never analyzed', filled);
    await each('delete-all');
    await each('vacuum-table');
    await inState('analyzed while empty', filled);
    await each('delete-all');
    await each('vacuum-keeping-pages');
    await inState('analyzed while empty of rows but not of pages', filled);
    await inState('analyzed while empty, planned when full', nothing);
    await each('vacuum-table');
    await inState('full, with statistics', nothing);
  } finally {
    await filler.stop();
  }
  return read;
}

type Pools = Readonly<Record<DatabaseProfile, Database>>;

function connect(url: string, profile: DatabaseProfile): Database {
  return createDatabase({ url, name: 'plan-states', poolSize: 1, profile, telemetry: silentTelemetry() });
}

async function countRows(
  pools: Pools,
  tables: readonly string[],
  trials: Readonly<Record<string, PlanTrial>>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [name, trial] of Object.entries(trials)) {
    counts[name] = await rowsRead(pools[trial.profile], tables, trial).catch((error: unknown) => {
      throw new Error(`${name} could not be tried`, { cause: error });
    });
  }
  return counts;
}

/** Ends a transaction without keeping what was done in it. */
class RollBack extends Error {}

async function rowsRead(
  database: Database,
  tables: readonly string[],
  { statement, parameters, readsWhole = [] }: PlanTrial,
): Promise<number> {
  let rows = 0;
  const counted = tables.filter((table) => !readsWhole.includes(table));
  const count = async (tx: Queryable) => {
    const read = await tx.query<{ rows: number }>(sql['rows-read'], [`{${counted.join(',')}}`]);
    return read.reduce((sum, table) => sum + table.rows, 0);
  };
  await database
    .transaction(async (tx) => {
      const before = await count(tx);
      await tx.query(statement, parameters);
      rows = (await count(tx)) - before;
      throw new RollBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RollBack)) throw error;
    });
  return rows;
}
