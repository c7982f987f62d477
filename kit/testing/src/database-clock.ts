import { loadStatements, type Queryable } from '@taskflow/kit-postgres';

const sql = loadStatements(new URL('./queries/', import.meta.url), ['set-clock-offset', 'hold-clock']);

/** Moves `taskflow_now()` of one database by `ms` milliseconds from real time. */
export async function setDatabaseOffset(database: Queryable, ms: number): Promise<void> {
  await database.query(sql['set-clock-offset'], [ms]);
}

/** Holds `taskflow_now()` of one database at an instant, in epoch milliseconds: it stands there until held elsewhere. */
export async function holdDatabaseClock(database: Queryable, epochMs: number): Promise<void> {
  await database.query(sql['hold-clock'], [epochMs]);
}
