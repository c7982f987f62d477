import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { silentTelemetry, type TestDatabase, testDatabase } from '@taskflow/kit-testing';
import { int8Array, textArray, uuidArray } from './arrays.ts';
import type { DatabaseProfile } from './connection-options.ts';
import type { Database, Statement } from './database.ts';
import { explainPrepared, stepsThatGrow } from './explained-plan.ts';
import { createDatabase } from './pooled-database.ts';

/** A table like those of the data path: empty most of the time, full in a burst, emptied and filled all day. */
const table = `CREATE TABLE hot (
  id uuid PRIMARY KEY, queue text NOT NULL, seq bigint NOT NULL, owner uuid NOT NULL
)`;
const index = 'CREATE INDEX hot_by_queue ON hot (queue, seq)';
const fill = `INSERT INTO hot
  SELECT gen_random_uuid(), 'queue ' || n % 10, n, gen_random_uuid() FROM generate_series(1, 20000) AS n`;

const statements: Record<string, { text: string; parameters: Buffer[] }> = {
  'remove by unique id': {
    text: 'DELETE FROM hot WHERE id = ANY ($1::uuid[]) RETURNING id',
    parameters: [uuidArray(['00000000-0000-7000-8000-000000000001'])],
  },
  'take the best of each queue': {
    text: `SELECT best.id FROM unnest($1::text[], $2::bigint[]) AS wanted(queue, count)
      CROSS JOIN LATERAL (
        SELECT id FROM hot WHERE hot.queue = wanted.queue ORDER BY seq LIMIT wanted.count
      ) AS best`,
    parameters: [textArray(['queue 1']), int8Array([5])],
  },
  'join on the key': {
    text: `UPDATE hot SET seq = seq + 1
      FROM unnest($1::uuid[], $2::uuid[]) AS given(id, owner)
      WHERE hot.id = given.id AND hot.owner = given.owner RETURNING hot.id`,
    parameters: [
      uuidArray(['00000000-0000-7000-8000-000000000001']),
      uuidArray(['00000000-0000-7000-8000-000000000002']),
    ],
  },
};

let made: TestDatabase;
let database: Database;

async function connect(profile: DatabaseProfile): Promise<void> {
  database = createDatabase({ url: made.url, name: 'plans', poolSize: 1, profile, telemetry: silentTelemetry() });
  for (const text of [table, index]) await database.query({ name: '', text });
}

beforeEach(async () => {
  made = await testDatabase();
});

afterEach(async () => {
  await database.stop();
  await made.drop();
});

async function growth(statement: Statement, parameters: Buffer[]): Promise<string[]> {
  return stepsThatGrow(await explainPrepared(database, statement, parameters), ['hot']);
}

for (const [name, { text, parameters }] of Object.entries(statements)) {
  test(`to ${name} stays index probes: planned on empty, full, and full with statistics`, async () => {
    await connect('data-path');
    const statement = { name, text };
    assert.deepEqual(await growth(statement, parameters), [], 'empty');
    await database.query({ name: '', text: fill });
    assert.deepEqual(await growth(statement, parameters), [], 'full, with the plan made on empty');
    await database.query({ name: '', text: 'ANALYZE hot' });
    assert.deepEqual(await growth(statement, parameters), [], 'full, planned anew');
    await database.query({ name: '', text: 'TRUNCATE hot' });
    await database.query({ name: '', text: 'ANALYZE hot' });
    assert.deepEqual(await growth(statement, parameters), [], 'emptied again');
  });
}

test('without the profile, the join of a full table turns into one that reads it whole', async () => {
  await connect('general');
  const { text, parameters } = statements['join on the key'] as { text: string; parameters: Buffer[] };
  await database.query({ name: '', text: fill });
  await database.query({ name: '', text: 'ANALYZE hot' });
  await database.query({ name: '', text: "SELECT set_config('plan_cache_mode', 'force_generic_plan', false)" });
  await database.query({ name: '', text: 'TRUNCATE hot' });
  await database.query({ name: '', text: 'ANALYZE hot' });
  assert.notDeepEqual(await growth({ name: 'join', text }, parameters), []);
});

test('explaining leaves what the statement did undone', async () => {
  await connect('data-path');
  await database.query({ name: '', text: fill });
  const statement = { name: 'clear', text: 'DELETE FROM hot WHERE seq = ANY ($1::bigint[])' };
  await explainPrepared(database, statement, [int8Array([1, 2, 3])]);
  const [row] = await database.query<{ count: number }>({ name: '', text: 'SELECT count(*) AS count FROM hot' });
  assert.equal(row?.count, 20_000);
});
