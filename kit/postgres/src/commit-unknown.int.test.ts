import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import {
  type CommitFault,
  type DatabaseProxy,
  databaseProxy,
  eventually,
  silentTelemetry,
  testDatabase,
} from '@taskflow/kit-testing';
import type { Database, Statement } from './database.ts';
import { CommitUnknownError } from './errors.ts';
import { createDatabase } from './pooled-database.ts';

let url: string;
let drop: () => Promise<void>;
let direct: Database;
let proxy: DatabaseProxy;
let database: Database;
let nextId = 0;

const insert: Statement = { name: 'insert', text: 'INSERT INTO things VALUES ($1::integer)' };
const find: Statement = { name: 'find', text: 'SELECT id FROM things WHERE id = $1::integer' };
const table: Statement = {
  name: '',
  text: 'CREATE TABLE things (id integer, CONSTRAINT once UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)',
};

function connect(at: string): Database {
  const telemetry = silentTelemetry();
  // The server's own limit for idle transactions would end the session before the tests look at it.
  const patient = new URL(at);
  patient.searchParams.set('options', '-c idle_in_transaction_session_timeout=0');
  return createDatabase({
    url: patient.href,
    name: 'test',
    poolSize: 1,
    profile: 'general',
    queryTimeoutMs: 300,
    telemetry,
  });
}

before(async () => {
  const made = await testDatabase();
  ({ url, drop } = made);
  direct = connect(url);
  await direct.query(table);
});

beforeEach(async () => {
  proxy = await databaseProxy(url);
  database = connect(proxy.url);
  await database.start();
  nextId += 1;
});

afterEach(async () => {
  await database.stop();
  await proxy.close();
});

after(async () => {
  await direct.stop();
  await drop();
});

const isThere = async () => (await direct.query(find, [nextId])).length === 1;

async function commitWith(fault: CommitFault): Promise<CommitUnknownError> {
  proxy.atNextCommit(fault);
  const failure = await database.transaction((tx) => tx.query(insert, [nextId])).catch((error: unknown) => error);
  assert.ok(failure instanceof CommitUnknownError, `the fault has to look unknown, and it was ${String(failure)}`);
  assert.equal(proxy.faults, 1);
  return failure;
}

test('a COMMIT that the server never saw is unknown, and once the session has ended nothing is there', async () => {
  const failure = await commitWith('lose-request');
  assert.equal(await failure.endSession(), true);
  assert.equal(await isThere(), false);
});

test('a COMMIT whose answer was lost is unknown, and once the session has ended it is there', async () => {
  const failure = await commitWith('lose-answer');
  assert.equal(await failure.endSession(), true);
  assert.equal(await isThere(), true);
});

test('a COMMIT on its way can no longer arrive once the session has ended', async () => {
  const failure = await commitWith('hold');
  assert.equal(await failure.endSession(), true);
  await proxy.release();
  assert.equal(await isThere(), false);
});

test('without ending the session, a COMMIT on its way takes effect after somebody saw nothing', async () => {
  await commitWith('hold');
  assert.equal(await isThere(), false);
  await proxy.release();
  assert.equal(await eventually(isThere), true);
});

test('an error that the server raises at COMMIT is unknown as well', async () => {
  const failure = await database
    .transaction(async (tx) => {
      await tx.query(insert, [nextId]);
      await tx.query(insert, [nextId]);
    })
    .catch((error: unknown) => error);
  assert.ok(failure instanceof CommitUnknownError);
  assert.equal(await failure.endSession(), true);
  assert.equal(await isThere(), false);
});

test('whether a session has ended is not known while nobody can be asked', async () => {
  const failure = await commitWith('lose-answer');
  await proxy.close();
  assert.equal(await failure.endSession(), false);
});
