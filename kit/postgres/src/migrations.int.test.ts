import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { silentTelemetry, type TestDatabase, temporaryDirectory, testDatabase } from '@taskflow/kit-testing';
import type { Row } from './database.ts';
import { migrate } from './migrations.ts';
import { createDatabase } from './pooled-database.ts';

let made: TestDatabase;

beforeEach(async () => {
  made = await testDatabase();
});

afterEach(() => made.drop());

function line(...texts: string[]) {
  const directory = temporaryDirectory();
  texts.forEach((text, index) => {
    writeFileSync(join(directory, `000${index + 1}-step.sql`), text);
  });
  return { component: 'shop', directory: pathToFileURL(`${directory}/`) };
}

async function ask(text: string): Promise<Row[]> {
  const telemetry = silentTelemetry();
  const database = createDatabase({ url: made.url, name: 'test', poolSize: 1, profile: 'general', telemetry });
  try {
    return await database.query({ name: '', text });
  } finally {
    await database.stop();
  }
}

test('many processes at once apply each migration once', async () => {
  const lines = [line('CREATE TABLE orders (n integer)', 'INSERT INTO orders VALUES (1)')];
  await Promise.all([1, 2, 3, 4].map(() => migrate({ url: made.url, lines })));
  await migrate({ url: made.url, lines });
  assert.equal((await ask('SELECT n FROM orders')).length, 1);
});

test('a migration that fails leaves nothing of itself and all before it, and is named', async () => {
  const broken = line('CREATE TABLE orders (n integer)', 'INSERT INTO orders VALUES (1); SELECT 1/0');
  await assert.rejects(migrate({ url: made.url, lines: [broken] }), /migration shop\/0002-step\.sql: division by zero/);
  assert.equal((await ask('SELECT n FROM orders')).length, 0);
  const mended = line('CREATE TABLE orders (n integer)', 'INSERT INTO orders VALUES (2)');
  await migrate({ url: made.url, lines: [mended] });
  assert.deepEqual({ ...(await ask('SELECT n FROM orders'))[0] }, { n: 2 });
});

test('a changed migration is refused before anything is applied', async () => {
  await migrate({ url: made.url, lines: [line('CREATE TABLE orders (n integer)')] });
  const changed = line('CREATE TABLE orders (n bigint)', 'CREATE TABLE more ()');
  await assert.rejects(migrate({ url: made.url, lines: [changed] }), /shop\/0001-step\.sql was changed/);
  assert.equal((await ask("SELECT 1 FROM pg_tables WHERE tablename = 'more'")).length, 0);
});
