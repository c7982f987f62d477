import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase, type Database } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { holdDatabaseClock, setDatabaseOffset } from './database-clock.ts';
import { testDatabase } from './test-database.ts';

const now = { name: 'now', text: 'SELECT taskflow_now() AS now, clock_timestamp() AS real' };

async function withDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  const { url, drop } = await testDatabase();
  const database = createDatabase({ url, name: 'test', poolSize: 1, profile: 'general', telemetry: silentTelemetry() });
  try {
    await work(database);
  } finally {
    await database.stop();
    await drop();
  }
}

test('what one test writes, another does not see', async () => {
  const mark = { name: 'mark', text: 'CREATE TABLE mark (n integer)' };
  await withDatabase(async (one) => {
    await one.query(mark);
    await withDatabase(async (other) => {
      await other.query(mark);
    });
  });
});

test('databases made at the same moment come out whole', async () => {
  const made = await Promise.all([1, 2, 3, 4].map(() => testDatabase()));
  assert.equal(new Set(made.map(({ url }) => url)).size, 4);
  await Promise.all(made.map(({ drop }) => drop()));
});

test('the clock of a database moves by the offset', async () => {
  await withDatabase(async (database) => {
    await setDatabaseOffset(database, 3_600_000);
    const [row] = await database.query<{ now: number; real: number }>(now);
    assert.ok(row !== undefined);
    assert.ok(Math.abs(row.now - row.real - 3_600_000) < 1_000, 'the two are read in one statement');
  });
});

test('the clock of a database stands where it is held, whatever its offset', async () => {
  await withDatabase(async (database) => {
    await setDatabaseOffset(database, 3_600_000);
    const look = async () => (await database.query<{ now: number }>(now))[0]?.now;
    for (const instant of [Date.UTC(2026, 0, 1), Date.UTC(2030, 5, 1, 12, 0, 0, 1)]) {
      await holdDatabaseClock(database, instant);
      assert.equal(await look(), instant);
      assert.equal(await look(), instant);
    }
  });
});
