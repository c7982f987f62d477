import { loadStatements, type Queryable } from '@taskflow/kit-postgres';

/** Moves `taskflow_now()` of one database by `ms` milliseconds from real time. */
export async function setDatabaseOffset(database: Queryable, ms: number): Promise<void> {
  const sql = loadStatements(new URL('./queries/', import.meta.url), ['set-clock-offset']);
  await database.query(sql['set-clock-offset'], [ms]);
}
