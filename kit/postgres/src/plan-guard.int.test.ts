import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type PlanTrial,
  rowsReadByState,
  silentTelemetry,
  type TestDatabase,
  testDatabase,
} from '@taskflow/kit-testing';
import { int8Array, textArray, uuidArray } from './arrays.ts';
import type { DatabaseProfile } from './connection-options.ts';
import { createDatabase } from './pooled-database.ts';

const rows = 2_000;
const id = '00000000-0000-7000-8000-000000000001';
const ids = uuidArray([id]);

/** A table like those of the data path: empty most of the time, full in a burst, emptied and filled all day. */
const setup = [
  'create table hot (id uuid primary key, queue text not null, seq bigint not null, owner uuid not null)',
  'create index hot_by_queue on hot (queue, seq)',
];
const fill = [
  `insert into hot select gen_random_uuid(), 'queue ' || n % 10, n, gen_random_uuid() from generate_series(2, ${rows}) n`,
  `insert into hot values ('${id}', 'queue 1', 1, '${id}')`,
];

const texts = {
  'remove by unique id': ['delete from hot where id = any ($1::uuid[]) returning id', [ids]],
  'take the best of each queue': [
    `select best.id from unnest($1::text[], $2::bigint[]) as wanted (queue, count)
     cross join lateral (
       select id from hot where hot.queue = wanted.queue order by seq limit wanted.count
     ) as best`,
    [textArray(['queue 1']), int8Array([5])],
  ],
  'write by place what was found by key': [
    `update hot set seq = seq + 1
     from (
       select held.place from unnest($1::uuid[], $2::uuid[]) as given (id, owner)
       cross join lateral (
         select h.ctid as place from hot h where h.id = given.id and h.owner = given.owner offset 0
       ) held
     ) u
     where hot.ctid = u.place`,
    [ids, ids],
  ],
} as const;

let made: TestDatabase;
before(async () => {
  made = await testDatabase();
  const telemetry = silentTelemetry();
  const database = createDatabase({ url: made.url, name: 'plans', poolSize: 1, profile: 'general', telemetry });
  for (const text of setup) await database.query({ name: '', text });
  await database.stop();
});
after(() => made.drop());

async function walks(profile: DatabaseProfile, name: string, text: string, parameters: PlanTrial['parameters']) {
  const trial = { statement: { name, text }, profile, parameters };
  const read = await rowsReadByState({ url: made.url, tables: ['hot'], fill }, { [name]: trial });
  return read.filter((one) => one.rows >= rows / 10).map((one) => one.trial);
}

for (const [name, [text, parameters]] of Object.entries(texts)) {
  for (const profile of ['data-path', 'general'] as const) {
    test(`to ${name} stays index probes with the profile ${profile}, whatever statistics say`, async () => {
      assert.deepEqual(await walks(profile, name, text, parameters), []);
    });
  }
}

test('no profile keeps a join of keys and table from walking it', async () => {
  const text = `update hot set seq = seq + 1 from unnest($1::uuid[], $2::uuid[]) as given (id, owner)
    where hot.id = given.id and hot.owner = given.owner`;
  assert.notDeepEqual(await walks('data-path', 'join', text, [ids, ids]), []);
});
