import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDatabase } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { type PlanTrial, rowsReadByState } from './plan-states.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';

let made: TestDatabase;
before(async () => {
  made = await testDatabase();
  const database = createDatabase({
    url: made.url,
    name: 'test',
    poolSize: 1,
    profile: 'general',
    telemetry: silentTelemetry(),
  });
  for (const text of [
    'create table hot (tenant int, id int, seq int, primary key (tenant, id))',
    'create index hot_in_order on hot (tenant, seq)',
  ]) {
    await database.query({ name: '', text });
  }
  await database.stop();
});
after(() => made.drop());

const rows = 2_000;
const fill = [`insert into hot select 1, n, n from generate_series(1, ${rows}) n`];
const wanted = "unnest('{1,1,1}'::int[], '{5,6,7}'::int[]) u (tenant, id)";

function trial(text: string): PlanTrial {
  return { statement: { name: 'it', text }, profile: 'data-path', parameters: [] };
}

async function walks(text: string): Promise<string[]> {
  const read = await rowsReadByState({ url: made.url, tables: ['hot'], fill }, { it: trial(text) });
  return read.filter((one) => one.rows >= rows).map((one) => one.trial);
}

const flips = [
  'it, analyzed while empty',
  'it, analyzed while empty of rows but not of pages',
  'it, analyzed while empty, planned when full',
];

test('a join of keys with a table walks it while statistics call it empty', async () => {
  assert.deepEqual(await walks(`select h.* from ${wanted} join hot h on h.tenant = u.tenant and h.id = u.id`), flips);
});

test('keys looked up one by one walk it, too, where another index begins with the same column', async () => {
  const lookup = 'select * from hot where hot.tenant = u.tenant and hot.id = u.id offset 0';
  assert.deepEqual(await walks(`select h.* from ${wanted} cross join lateral (${lookup}) h`), flips.slice(0, 1));
});

test('keys looked up one by one in the order of their index are probes in every state', async () => {
  const lookup = `select * from hot where hot.tenant = u.tenant and hot.id between u.id and u.id
    order by hot.id limit 1`;
  const read = await rowsReadByState(
    { url: made.url, tables: ['hot'], fill },
    { it: trial(`select h.* from ${wanted} cross join lateral (${lookup}) h`) },
  );
  assert.deepEqual(
    read.map((one) => one.rows),
    [3, 3, 3, 3, 3],
  );
});

test('a statement that looks for what no index has reads the whole table in every state', async () => {
  assert.equal((await walks('select * from hot where seq + id = 10')).length, 5);
});
