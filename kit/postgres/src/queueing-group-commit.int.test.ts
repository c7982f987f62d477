import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { UnavailableError } from '@taskflow/kit-resilience';
import { type DatabaseProxy, databaseProxy, eventually, silentTelemetry, testDatabase } from '@taskflow/kit-testing';
import { systemClock } from '@taskflow/kit-time';
import { int4Array } from './arrays.ts';
import type { Database, Statement } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { createGroupCommit } from './queueing-group-commit.ts';
import { createDatabase } from './pooled-database.ts';

/** Deliberately without a key: a batch that is written twice shows. */
const table: Statement = { name: '', text: 'CREATE TABLE effects (n integer CHECK (n >= 0))' };
const insert: Statement = { name: 'insert', text: 'INSERT INTO effects SELECT unnest($1::integer[]) RETURNING n' };
const find: Statement = { name: 'find', text: 'SELECT n FROM effects WHERE n = ANY ($1::integer[])' };
const counts: Statement = { name: 'counts', text: 'SELECT n, count(*) AS times FROM effects GROUP BY n ORDER BY n' };

let url: string;
let drop: () => Promise<void>;
let direct: Database;
let proxy: DatabaseProxy;
let database: Database;
let writer: GroupCommit<number, string>;

function connect(at: string): Database {
  const telemetry = silentTelemetry();
  return createDatabase({ url: at, name: 'test', poolSize: 1, profile: 'data-path', queryTimeoutMs: 500, telemetry });
}

before(async () => {
  const made = await testDatabase();
  ({ url, drop } = made);
  direct = connect(url);
  await direct.query(table);
});

beforeEach(async () => {
  await direct.query({ name: 'empty', text: 'TRUNCATE effects' });
  proxy = await databaseProxy(url);
  database = connect(proxy.url);
  await database.start();
  writer = createGroupCommit<number, string>(
    {
      name: 'effects',
      write: (batch) =>
        database.transaction(async (tx) => {
          const rows = await tx.query<{ n: number }>(insert, [int4Array([...batch])]);
          return rows.map(({ n }) => `written ${n}`);
        }),
      recall: async (batch) => {
        const rows = await database.query<{ n: number }>(find, [int4Array([...batch])]);
        return rows.length === 0 ? 'absent' : batch.map((n) => `recalled ${n}`);
      },
    },
    { clock: systemClock, telemetry: silentTelemetry() },
  );
});

afterEach(async () => {
  await writer.stop();
  await database.stop();
  await proxy.close();
});

after(async () => {
  await direct.stop();
  await drop();
});

const stored = async () => (await direct.query<{ n: number; times: number }>(counts)).map(({ n, times }) => [n, times]);
const once = (numbers: number[]) => numbers.map((n) => [n, 1]);

test('a command that the table refuses fails alone', async () => {
  const results = await Promise.allSettled([1, 2, -3, 4].map((n) => writer.submit(n)));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(await stored(), once([1, 2, 4]));
});

for (const [fault, answer] of [
  ['lose-request', 'written'],
  ['lose-answer', 'recalled'],
  ['hold', 'written'],
] as const) {
  test(`a COMMIT under "${fault}" is answered ${answer}, and its effect is there once`, async () => {
    proxy.atNextCommit(fault);
    const answers = await Promise.all([1, 2, 3].map((n) => writer.submit(n)));
    await proxy.release();
    assert.equal(proxy.faults, 1);
    assert.deepEqual(answers, [`${answer} 1`, `${answer} 2`, `${answer} 3`]);
    assert.deepEqual(await stored(), once([1, 2, 3]));
  });
}

test('every command that was answered is there once, whatever was cut on the way', async () => {
  const numbers = Array.from({ length: 200 }, (_, index) => index);
  const faults = ['lose-answer', 'hold', 'lose-request', 'lose-answer'] as const;
  const results: PromiseSettledResult<string>[] = [];
  for (const [round, fault] of faults.entries()) {
    await eventually(() => direct.query({ name: '', text: 'SELECT 1' }));
    proxy.atNextCommit(fault);
    const mine = numbers.slice(round * 50, round * 50 + 50);
    const submitted = Promise.allSettled(mine.map((n) => writer.submit(n)));
    if (round === 2) proxy.cut();
    results.push(...(await submitted));
    await proxy.release();
  }
  const refused = results.filter((result) => result.status === 'rejected');
  assert.ok(refused.every(({ reason }) => reason instanceof UnavailableError));
  const answered = numbers.filter((_, index) => results[index]?.status === 'fulfilled');
  assert.ok(answered.length >= 150, `${answered.length} of 200 got through`);
  const there = await stored();
  assert.ok(there.every(([, times]) => times === 1));
  assert.deepEqual(
    answered.filter((n) => !there.some(([found]) => found === n)),
    [],
  );
});
