import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { eventually, silentTelemetry, temporaryDirectory } from '@taskflow/kit-testing';
import { systemClock } from '@taskflow/kit-time';
import { int4Array } from './arrays.ts';
import type { Database, Statement } from './database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/index.ts';
import type { GroupCommit } from './group-commit.ts';
import { createGroupCommit } from './queueing-group-commit.ts';
import { createDatabase } from './pooled-database.ts';

/** Few, so that one can take all of them. */
const settings = {
  fsync: 'off',
  max_connections: '12',
  superuser_reserved_connections: '2',
  reserved_connections: '0',
};
const dataDir = temporaryDirectory();
let server: EmbeddedPostgres;
let control: Database;
let database: Database;
let writer: GroupCommit<number, number>;

const sql = (text: string): Statement => ({ name: '', text });
const insert: Statement = { name: 'insert', text: 'INSERT INTO things SELECT * FROM unnest($1::int[])' };
const find: Statement = { name: 'find', text: 'SELECT id FROM things WHERE id = any ($1::int[])' };

async function startServer(): Promise<void> {
  server = await startEmbeddedPostgres({ dataDir, settings, log: silentTelemetry().log });
}

function connect(name: string, poolSize: number, user: 'plain' | 'taskflow'): Database {
  const url = new URL(server.url('postgres'));
  if (user === 'plain') [url.username, url.password] = ['plain', 'plain'];
  const telemetry = silentTelemetry();
  return createDatabase({ url: url.href, name, poolSize, profile: 'general', connectTimeoutMs: 500, telemetry });
}

const endSessions = () =>
  control.query(sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'attacked'"));

before(async () => {
  await startServer();
  control = connect('control', 1, 'taskflow');
  await control.query(sql("CREATE ROLE plain LOGIN PASSWORD 'plain'"));
  await control.query(sql('CREATE TABLE things (id int PRIMARY KEY)'));
  await control.query(sql('GRANT ALL ON things TO plain'));
});

after(async () => {
  await control.stop();
  await server.stop('immediate');
});

beforeEach(async () => {
  await control.query(sql('TRUNCATE things'));
  database = connect('attacked', 4, 'plain');
  await database.start();
  writer = createGroupCommit<number, number>(
    {
      name: 'things',
      write: async (batch) => {
        await database.transaction((tx) => tx.query(insert, [int4Array(batch)]));
        return batch;
      },
      recall: async (batch) => ((await database.query(find, [int4Array(batch)])).length > 0 ? batch : 'absent'),
      patienceMs: 60_000,
    },
    { clock: systemClock, telemetry: silentTelemetry() },
  );
});

afterEach(async () => {
  await writer.stop();
  await database.stop();
});

const written = async () => (await control.query(sql('SELECT id FROM things'))).length;

test('whatever comes while all sessions are ended over and over is written, once', async () => {
  let next = 0;
  for (let stroke = 0; stroke < 15; stroke += 1) {
    const commands = Array.from({ length: 10 }, () => writer.submit((next += 1)));
    await Promise.all([endSessions(), ...commands]);
  }
  assert.equal(await written(), next);
});

test('whatever comes while somebody else has every connection is written as soon as one is given back', async () => {
  const thieves: Database[] = [];
  for (;;) {
    // What is let go of is taken at once: thieves that got nothing keep trying, until there was nothing of ours to take.
    const before = await endSessions();
    const thief = connect('thief', 1, 'plain');
    thieves.push(thief);
    const took = await thief.query(sql('SELECT 1 AS one')).catch(() => undefined);
    const after = await endSessions();
    if (took === undefined && before.length + after.length === 0) break;
  }
  const waiting = writer.submit(1);
  await assert.rejects(database.query(sql('SELECT 1 AS one')));
  assert.equal(writer.pending, 1);
  await Promise.all(thieves.map((thief) => thief.stop()));
  assert.equal(await waiting, 1);
});

test('whatever comes while the server is away is written when it is back, and nothing has to ask for it', async () => {
  await server.stop('immediate');
  const waiting = writer.submit(1);
  await assert.rejects(database.query(sql('SELECT 1 AS one')));
  await startServer();
  assert.equal(await waiting, 1);
  assert.equal(await eventually(written), 1);
});
