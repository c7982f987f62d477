import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createDatabase, loadStatements } from '@taskflow/kit-postgres';
import { isRunning, startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { eventually, silentTelemetry } from '@taskflow/kit-testing';
import { systemClock } from '@taskflow/kit-time';
import { type DatabaseServer, openDatabaseServer } from './database-server.ts';
import { readPlatformSettings } from './settings.ts';

const telemetry = silentTelemetry();
const sql = loadStatements(new URL('./queries/', import.meta.url), ['connection-limit']);

const opening = { log: telemetry.log, clock: systemClock, giveUp: new AbortController().signal };

describe('embedded database server', () => {
  let dataDir = '';
  let server: DatabaseServer;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskflow-server-'));
    await chmod(dataDir, 0o755);
    const { settings } = readPlatformSettings({}, { TASKFLOW_DATA_DIR: dataDir });
    server = await openDatabaseServer(settings, opening);
  });
  after(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is brought back under the same address after it was killed', async () => {
    const url = await server.provide('task-management');
    assert.match(url, /\/task_management$/);
    const pool = createDatabase({ url, name: 'test', poolSize: 2, profile: 'general', telemetry });
    await pool.start();
    const { pid } = await startEmbeddedPostgres({ dataDir, log: telemetry.log });
    process.kill(pid, 'SIGKILL');
    await Promise.all([server.revive(), server.revive()]);
    assert.equal((await startEmbeddedPostgres({ dataDir, log: telemetry.log })).adopted, true);
    const [row] = await pool.query(sql['connection-limit']);
    assert.ok(Number(row?.['connection_limit']) > 0);
    await pool.stop();
  });

  it('makes no new data where its data were taken away, says so, and goes on with them once they are back', async () => {
    const cluster = join(dataDir, 'cluster');
    const { pid } = await startEmbeddedPostgres({ dataDir, log: telemetry.log });
    await rename(cluster, `${cluster}.away`);
    process.kill(pid, 'SIGKILL');
    await eventually(() => !isRunning(pid));
    for (let tries = 1; tries <= 3; tries += 1) await server.revive();
    assert.match(server.trouble()?.reason ?? '', /are gone: put them back/);
    assert.equal(existsSync(cluster), false);
    await rename(`${cluster}.away`, cluster);
    await server.revive();
    assert.equal(server.trouble(), undefined);
  });

  it('provides the databases of a server that somebody else runs, without stopping it', async () => {
    const own = await server.provide('task-execution');
    const { settings } = readPlatformSettings({}, { TASKFLOW_DATABASE_URL: own });
    const external = await openDatabaseServer(settings, opening);
    assert.equal(await external.provide('task-execution'), own);
    assert.equal(new URL(await external.provide('task-management')).pathname, '/task_management');
    assert.doesNotMatch(external.description, /postgres:\/\//);
    await external.stop();
    await server.provide('task-management');
  });
});
