import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { eventually, silentTelemetry, temporaryDirectory } from '@taskflow/kit-testing';
import type { Database, Statement } from './database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/index.ts';
import { CommitUnknownError, DatabaseError } from './errors.ts';
import { ServerRuns } from './incarnation.ts';
import { createDatabase } from './pooled-database.ts';

const dataDir = temporaryDirectory();
let server: EmbeddedPostgres;
let control: Database;
let runs: ServerRuns;
let database: Database;
let changes: number;

const sql = (text: string): Statement => ({ name: '', text });
const self = sql('SELECT pg_backend_pid() AS pid');
const pidOf = async (asked: Pick<Database, 'query'>) => (await asked.query<{ pid: number }>(self))[0]?.pid as number;

async function startServer(): Promise<void> {
  server = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' }, log: silentTelemetry().log });
}

/** Of a role that may do nothing but log in: what services are allowed to see must do. */
function connect(name: string, incarnation: ServerRuns, poolSize = 1): Database {
  const url = new URL(server.url('postgres'));
  url.username = 'plain';
  url.password = 'plain';
  const telemetry = silentTelemetry();
  return createDatabase({ url: url.href, name, poolSize, profile: 'general', incarnation, telemetry });
}

/** The server processes behind the pool, seen by somebody else. */
async function backends(name: string): Promise<number[]> {
  const list = sql(`SELECT pid FROM pg_stat_activity WHERE application_name = '${name}'`);
  return (await control.query<{ pid: number }>(list)).map(({ pid }) => pid);
}

before(async () => {
  await startServer();
  const superuser = server.url('postgres');
  control = createDatabase({
    url: superuser,
    name: 'control',
    poolSize: 1,
    profile: 'general',
    telemetry: silentTelemetry(),
  });
  await control.query(sql("CREATE ROLE plain LOGIN PASSWORD 'plain'"));
});

after(async () => {
  await control.stop();
  await server.stop('immediate');
});

beforeEach(async () => {
  runs = new ServerRuns();
  database = connect('watched', runs);
  await database.start();
  changes = 0;
  database.incarnation.onChange(() => {
    changes += 1;
  });
});

afterEach(() => database.stop());

test('a session that was ended alone is replaced without traffic, in the same run', async () => {
  const [pid] = await backends('watched');
  await control.query(sql(`SELECT pg_terminate_backend(${pid})`));
  await eventually(async () => {
    const [now] = await backends('watched');
    return now !== undefined && now !== pid;
  });
  await database.query(self);
  assert.deepEqual([changes, database.incarnation.epoch], [0, 0]);
});

test('a crash recovery below a living postmaster is a new run, noticed without traffic', async () => {
  const postmaster = server.pid;
  process.kill(await pidOf(database), 'SIGKILL');
  await eventually(() => changes === 1);
  process.kill(postmaster, 0);
  assert.equal(database.incarnation.epoch, 1);
});

test('a killed server that was started again is a new run, noticed without traffic', async () => {
  process.kill(server.pid, 'SIGKILL');
  await eventually(() => {
    try {
      process.kill(server.pid, 0);
      return false;
    } catch {
      return true;
    }
  });
  await startServer();
  await eventually(() => changes === 1);
});

test('a server that was stopped in order and started again is a new run, noticed without traffic', async () => {
  await server.stop('fast');
  await startServer();
  await eventually(() => changes === 1);
});

test('listeners are told before anybody gets a session of the new run', async () => {
  const seen: number[] = [];
  process.kill(await pidOf(database), 'SIGKILL');
  await eventually(async () => {
    await database.transaction(async (tx) => {
      await tx.query(self);
      seen.push(changes);
    });
    return true;
  });
  assert.deepEqual(seen, [1]);
});

test('of the pools that share an incarnation the first to connect tells all, and no session of an earlier run is lent', async () => {
  const other = connect('other', runs);
  await other.start();
  const before = await pidOf(other);
  // As if another pool had found a new run: the old session still lives, as on a primary that was replaced.
  runs.observe('a later run');
  assert.equal(changes, 1);
  assert.notEqual(await pidOf(other), before);
  assert.equal(other.incarnation.epoch, database.incarnation.epoch);
  await other.stop();
});

test('an answer of an earlier run that is read after the change is no answer', async () => {
  await assert.rejects(
    database.transaction(async (tx) => {
      await tx.query(self);
      runs.observe('a later run');
    }),
    CommitUnknownError,
  );

  const holder = connect('holder', new ServerRuns());
  let refused: Promise<void> | undefined;
  await holder.transaction(async (tx) => {
    await tx.query(sql('SELECT pg_advisory_xact_lock(7)'));
    refused = assert.rejects(
      database.query(sql('SELECT pg_advisory_lock(7)')),
      (error: unknown) => error instanceof DatabaseError && error.kind === 'unavailable',
    );
    await eventually(async () => (await control.query(sql('SELECT 1 FROM pg_locks WHERE NOT granted'))).length > 0);
    runs.observe('the latest run');
  });
  await refused;
  await holder.stop();
});

test('while a listener cannot drop what it holds, nobody gets a session of the new run', async () => {
  let refuses = true;
  database.incarnation.onChange(() => {
    if (refuses) throw new Error('cannot drop');
  });
  process.kill(await pidOf(database), 'SIGKILL');
  await eventually(() => changes > 0);
  await assert.rejects(database.query(self));
  refuses = false;
  await eventually(async () => (await database.query(self)).length === 1);
});
