import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, silentTelemetry, testDatabase } from '@taskflow/kit-testing';
import type { Database, Statement } from './database.ts';
import { CommitUnknownError, DatabaseError } from './errors.ts';
import { createDatabase } from './pooled-database.ts';

let url: string;
let drop: () => Promise<void>;
let direct: Database;

const insert: Statement = { name: 'insert', text: 'INSERT INTO things VALUES ($1::integer)' };
const find: Statement = { name: 'find', text: 'SELECT id FROM things WHERE id = $1::integer' };
const self: Statement = { name: 'self', text: 'SELECT pg_backend_pid() AS pid' };

function connect(queryTimeoutMs: number): Database {
  const telemetry = silentTelemetry();
  return createDatabase({ url, name: 'test', poolSize: 1, profile: 'general', queryTimeoutMs, telemetry });
}

before(async () => {
  const made = await testDatabase();
  ({ url, drop } = made);
  direct = connect(5_000);
  await direct.query({ name: '', text: 'CREATE TABLE things (id integer)' });
});

after(async () => {
  await direct.stop();
  await drop();
});

/** Stops the server process behind the database's one connection, as a hung disk or machine would. */
async function withStoppedBackend(work: (database: Database) => Promise<void>): Promise<void> {
  const database = connect(150);
  const [row] = await database.query<{ pid: number }>(self);
  const pid = row?.pid as number;
  process.kill(pid, 'SIGSTOP');
  try {
    await work(database);
  } finally {
    process.kill(pid, 'SIGCONT');
    await database.stop();
  }
  const gone = { name: 'gone', text: 'SELECT count(*) AS count FROM pg_stat_activity WHERE pid = $1::integer' };
  await eventually(async () => (await direct.query<{ count: number }>(gone, [pid]))[0]?.count === 0);
}

const openSockets = () => process.getActiveResourcesInfo().filter((one) => one === 'TCPSocketWrap').length;
const isOutage = (error: unknown) => error instanceof DatabaseError && error.kind === 'unavailable';
const isThere = async (id: number) => (await direct.query(find, [id])).length > 0;

test('a statement on a server process that has stopped comes back as an outage, and the pool heals', async () => {
  await withStoppedBackend(async (database) => {
    await assert.rejects(database.query(self), isOutage);
    assert.equal((await database.query(self)).length, 1, 'over a fresh connection');
  });
});

test('who waits for the connection to it gets a fresh one as soon as that connection is given up', async () => {
  await withStoppedBackend(async (database) => {
    const before = openSockets();
    const stuck = database.query(self);
    const waiting = database.query(self);
    await assert.rejects(stuck, isOutage);
    assert.equal((await waiting).length, 1);
    await eventually(() => openSockets() === before);
  });
});

test('a transaction on it comes back as an outage, and leaves nothing when the process runs on', async () => {
  await withStoppedBackend(async (database) => {
    await assert.rejects(
      database.transaction((tx) => tx.query(insert, [1])),
      isOutage,
    );
  });
  assert.equal(await isThere(1), false);
});

test('a COMMIT on it stays unknown for as long as the process may still read it', async () => {
  const database = connect(150);
  let pid = 0;
  const failure = await database
    .transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>(self);
      pid = row?.pid as number;
      await tx.query(insert, [2]);
      process.kill(pid, 'SIGSTOP');
    })
    .catch((error: unknown) => error);
  assert.ok(failure instanceof CommitUnknownError);
  assert.equal(await failure.endSession(), false, 'a stopped process does not end');
  assert.equal(await isThere(2), false, 'what a hasty reader would take for the answer');
  process.kill(pid, 'SIGCONT');
  assert.equal(await failure.endSession(), true);
  await database.stop();
});
