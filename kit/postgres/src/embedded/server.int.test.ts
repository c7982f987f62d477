import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { eventually, silentTelemetry, temporaryDirectory } from '@taskflow/kit-testing';
import type { Database, Row } from '../database.ts';
import { DatabaseError } from '../errors.ts';
import { createDatabase } from '../pooled-database.ts';
import { serverAccount } from './account.ts';
import { isRunning } from './process-identity.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './server.ts';

/** Readable by us alone: where we are root, the server's user cannot even pass through it. */
const dataDir = temporaryDirectory();
let server: EmbeddedPostgres | undefined;

async function start(): Promise<EmbeddedPostgres> {
  server = await startEmbeddedPostgres({ dataDir, log: silentTelemetry().log });
  return server;
}

after(async () => {
  await server?.stop('immediate');
});

function connect(to: EmbeddedPostgres): Database {
  const telemetry = silentTelemetry();
  return createDatabase({ url: to.url('shop'), name: 'test', poolSize: 2, profile: 'general', telemetry });
}

async function ask(to: EmbeddedPostgres, text: string): Promise<Row[]> {
  const database = connect(to);
  try {
    return await database.query({ name: '', text });
  } finally {
    await database.stop();
  }
}

test('a first start makes the data, and two at once share one server', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  assert.equal(one.pid, other.pid);
  await Promise.all([one.ensureDatabase('shop'), other.ensureDatabase('shop')]);
  await ask(one, 'CREATE TABLE kept AS SELECT 1 AS n');
});

test('it is durable, listens on the loopback alone, and lets nobody in without the password', async () => {
  const running = await start();
  const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding', 'jit'];
  const [row] = await ask(running, `SELECT ${settings.map((name) => `current_setting('${name}') AS ${name}`).join()}`);
  assert.deepEqual(Object.values(row as Row), ['on', 'on', 'on', '127.0.0.1', 'UTF8', 'off']);
  const stranger = new URL(running.url('shop'));
  stranger.password = 'guess';
  const telemetry = silentTelemetry();
  const database = createDatabase({ url: stranger.href, name: 'x', poolSize: 1, profile: 'general', telemetry });
  await assert.rejects(
    database.query({ name: '', text: 'SELECT 1' }),
    (error: unknown) => error instanceof DatabaseError && error.sqlstate === '28P01',
  );
  await database.stop();
});

test('its local address is its own socket, which asks for the password too', async () => {
  const running = await start();
  const open = async (url: string) => {
    const telemetry = silentTelemetry();
    const database = createDatabase({ url, name: 'x', poolSize: 1, profile: 'general', telemetry });
    try {
      const text = 'SELECT inet_server_addr() IS NULL AS local, current_database() AS name';
      return await database.query({ name: '', text });
    } finally {
      await database.stop();
    }
  };
  assert.deepEqual(await open(running.localUrl('shop')), [{ local: true, name: 'shop' }]);
  assert.deepEqual(await open(running.url('shop')), [{ local: false, name: 'shop' }]);
  const guessed = running.localUrl('shop').replace(/:[^:@]+@/, ':guess@');
  await assert.rejects(open(guessed), (error: unknown) => error instanceof DatabaseError && error.sqlstate === '28P01');
});

test('without a socket that can be named its local address is the other one', async () => {
  const deep = join(temporaryDirectory(), 'd'.repeat(100));
  const remote = await startEmbeddedPostgres({ dataDir: deep, log: silentTelemetry().log });
  try {
    assert.equal(remote.localUrl('postgres'), remote.url('postgres'));
  } finally {
    await remote.stop('immediate');
  }
});

test('a stopped server starts again on its port, with its data', async () => {
  const first = await start();
  await first.stop();
  const second = await start();
  assert.deepEqual([second.adopted, second.port], [false, first.port]);
  assert.equal((await ask(second, 'SELECT n FROM kept')).length, 1);
});

test('a port that somebody else took is given up', async () => {
  const first = await start();
  await first.stop();
  const taker = createServer().listen(first.port, '127.0.0.1');
  await once(taker, 'listening');
  const second = await start();
  assert.notEqual(second.port, first.port);
  taker.close();
  assert.equal((await ask(second, 'SELECT n FROM kept')).length, 1);
});

test('a server whose owner was killed is adopted by the next', async () => {
  await server?.stop();
  const owner = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./server.ts', import.meta.url).href)};
    const log = { info() {}, warn() {}, error() {} };
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log });
    console.log(server.pid);
    setInterval(() => undefined, 60_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', owner], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [announced] = await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const next = await start();
  assert.deepEqual([next.adopted, next.pid], [true, Number(String(announced))]);
  assert.equal((await ask(next, 'SELECT n FROM kept')).length, 1);
});

test('a killed server is an outage to its pools, comes back with what was committed, and they heal', async () => {
  const first = await start();
  const database = connect(first);
  await database.query({ name: '', text: 'CREATE TABLE acknowledged AS SELECT 1 AS n' });
  process.kill(first.pid, 'SIGKILL');
  const probe = () => database.query({ name: '', text: 'SELECT 1' });
  const outage = await eventually(() =>
    probe().then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  assert.ok(outage instanceof DatabaseError && outage.kind === 'unavailable');
  const second = await start();
  assert.deepEqual([second.adopted, second.port], [false, first.port]);
  const rows = await eventually(() => database.query({ name: '', text: 'SELECT n FROM acknowledged' }));
  assert.equal(rows.length, 1);
  await database.stop();
});

test('a leftover that names a process of somebody else does not block the start', async () => {
  await server?.stop();
  // Of the server's own user: a process of another user would not be taken for the server.
  const account = serverAccount(join(dataDir, 'cluster'));
  const somebody = spawn('tail', ['-f', '/dev/null'], { stdio: 'ignore', ...account });
  await once(somebody, 'spawn');
  const leftover = [somebody.pid, dataDir, 0, 1, '', '127.0.0.1', '', 'ready'];
  writeFileSync(join(dataDir, 'cluster', 'postmaster.pid'), `${leftover.join('\n')}\n`);
  const next = await start();
  assert.equal((await ask(next, 'SELECT n FROM kept')).length, 1);
  assert.equal(somebody.exitCode, null, 'and the process is left alone');
  somebody.kill();
});

test('what a server left that ended and that nobody waited for does not block the start', async () => {
  await server?.stop();
  const account = serverAccount(join(dataDir, 'cluster'));
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec tail -f /dev/null'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    ...account,
  });
  const pid = Number(String((await once(parent.stdout, 'data'))[0]));
  await eventually(() => !isRunning(pid));
  const port = readFileSync(join(dataDir, 'port'), 'utf8').trim();
  const leftover = `${[pid, dataDir, 0, port, '', '127.0.0.1', '', 'ready'].join('\n')}\n`;
  for (const name of ['postmaster.pid', `.s.PGSQL.${port}.lock`])
    writeFileSync(join(dataDir, 'cluster', name), leftover);
  const next = await start();
  assert.deepEqual([next.adopted, next.port], [false, Number(port)]);
  assert.equal((await ask(next, 'SELECT n FROM kept')).length, 1);
  parent.kill('SIGKILL');
});

test('a server of other data that has the number is not taken for it', async () => {
  await server?.stop();
  const other = await startEmbeddedPostgres({ dataDir: temporaryDirectory(), log: silentTelemetry().log });
  try {
    const leftover = [other.pid, dataDir, 0, other.port, '', '127.0.0.1', '', 'ready'];
    writeFileSync(join(dataDir, 'cluster', 'postmaster.pid'), `${leftover.join('\n')}\n`);
    const next = await start();
    assert.notEqual(next.pid, other.pid);
    assert.equal((await ask(next, 'SELECT n FROM kept')).length, 1);
  } finally {
    await other.stop('immediate');
  }
});

test('a start that is given up leaves no server, and no half-made data', async () => {
  const home = temporaryDirectory();
  const giveUp = new AbortController();
  const begun = startEmbeddedPostgres({ dataDir: home, log: silentTelemetry().log, giveUp: giveUp.signal });
  await eventually(() => readdirSync(home).length > 0);
  giveUp.abort(new Error('not wanted any more'));
  await assert.rejects(begun, /not wanted any more/);
  assert.deepEqual(readdirSync(home), []);
  const again = startEmbeddedPostgres({ dataDir, log: silentTelemetry().log, giveUp: giveUp.signal });
  await assert.rejects(again, /not wanted any more/);
});

test('stopping at once ends a stop in order that is under way', async () => {
  const running = await start();
  const database = connect(running);
  const begun = database.transaction(async (tx) => {
    await tx.query({ name: '', text: 'SELECT 1' });
    await Promise.all([running.stop('fast'), running.stop('immediate')]);
  });
  await assert.rejects(begun);
  assert.equal(isRunning(running.pid), false);
  await database.stop();
});

test('data of another version is refused by name', async () => {
  await server?.stop();
  const version = join(dataDir, 'cluster', 'PG_VERSION');
  const own = readFileSync(version, 'utf8');
  writeFileSync(version, '11\n');
  await assert.rejects(start(), /made by PostgreSQL 11, and this is PostgreSQL \d\d/);
  writeFileSync(version, own);
});

test('a server whose data were removed is stopped all the same', async () => {
  const home = temporaryDirectory();
  const running = await startEmbeddedPostgres({ dataDir: home, log: silentTelemetry().log });
  rmSync(join(home, 'cluster'), { recursive: true, force: true });
  await running.stop();
  assert.equal(isRunning(running.pid), false);
});

test('stopping twice, or a server that has gone by itself, is no error', async () => {
  const running = await start();
  await running.stop();
  await running.stop();
  await running.stop('immediate');
});
