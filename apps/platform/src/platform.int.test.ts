import assert from 'node:assert/strict';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { eventually, silentTelemetry } from '@taskflow/kit-testing';
import { type Platform, startPlatform } from './platform.ts';
import { PlatformError } from './platform-error.ts';
import { readPlatformSettings } from './settings.ts';

const telemetry = silentTelemetry();

async function openDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'taskflow-platform-'));
  await chmod(directory, 0o755);
  return directory;
}

function start(dataDir: string, port = 0): Promise<Platform> {
  const flags = { TASKFLOW_LISTEN: `127.0.0.1:${port}`, TASKFLOW_DATA_DIR: dataDir };
  const { settings } = readPlatformSettings({ TASKFLOW_LOG_LEVEL: 'silent' }, flags);
  return startPlatform({ settings, telemetry });
}

async function call(url: string, body?: object) {
  const init = body && { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(url, init);
  const value = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body: value };
}

const isPlatformError = (code: string) => (error: unknown) => error instanceof PlatformError && error.code === code;

describe('platform', () => {
  let dataDir = '';
  let platform: Platform;
  before(async () => {
    dataDir = await openDirectory();
    platform = await start(dataDir);
  });
  after(async () => {
    await platform.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const completes = async (payload: unknown) => {
    const { body } = await call(`${platform.url}/api/v1/tasks`, { type: 'taskflow.noop', payload });
    await eventually(
      async () => (await call(`${platform.url}/api/v1/tasks/${String(body['id'])}`)).body['status'] === 'completed',
      { withinMs: 30_000 },
    );
  };

  it('is ready, and names the state of each dependency', async () => {
    assert.equal((await call(`${platform.url}/readyz`)).status, 200);
    const { body } = await call(`${platform.url}/health`);
    assert.equal(body['status'], 'ok');
    const names = Object.keys(body['dependencies'] as object).join();
    for (const name of ['platform.database-server', 'task-management.', 'task-execution.'])
      assert.match(names, RegExp(name));
  });

  it('refuses a surface that is not built by its name', async () => {
    const { status, body } = await call(`${platform.url}/api/v1/schedules`);
    assert.deepEqual([status, body['code']], [404, 'not_available']);
  });

  it('runs tasks in a worker process, and starts that again when it is killed', async () => {
    const worker = await platform.startWorker({ modules: [] });
    const first = worker.pid ?? assert.fail('no worker process');
    await completes('first');
    process.kill(first, 'SIGKILL');
    await eventually(() => worker.pid !== undefined && worker.pid !== first);
    await completes('second');
  });

  it('refuses definitions that cannot be loaded, naming the module', async () => {
    const module = join(dataDir, 'broken.ts');
    await writeFile(module, 'export const broken = nothing.here;\n');
    await assert.rejects(
      platform.startWorker({ modules: [module] }),
      (error: Error) => isPlatformError('invalid_definitions')(error) && error.message.includes(module),
    );
  });

  it('refuses a second platform on its data by name, and goes on', async () => {
    await assert.rejects(
      start(dataDir),
      (error: Error) => isPlatformError('data_in_use')(error) && error.message.includes(dataDir),
    );
    assert.equal((await call(`${platform.url}/readyz`)).status, 200);
  });

  it('refuses a port that somebody has, before anything is started', async () => {
    const other = await openDirectory();
    await assert.rejects(start(other, Number(new URL(platform.url).port)), isPlatformError('port_in_use'));
    await rm(other, { recursive: true });
  });

  it('answers 503 while its database is dead, brings it back, and loses nothing', async () => {
    const { body: task } = await call(`${platform.url}/api/v1/tasks`, { type: 'platform.unhandled' });
    const { pid } = await startEmbeddedPostgres({ dataDir, log: telemetry.log });
    // Without this file the server cannot be started, so it stays dead for as long as the test wants.
    const needed = join(dataDir, 'cluster', 'PG_VERSION');
    await rename(needed, `${needed}.away`);
    process.kill(pid, 'SIGKILL');
    await eventually(async () => (await call(`${platform.url}/readyz`)).status === 503, { withinMs: 30_000 });
    const refusal = await call(`${platform.url}/api/v1/tasks`, { type: 'taskflow.noop' });
    assert.equal(refusal.status, 503);
    assert.ok(Number(refusal.headers.get('retry-after')) >= 1);
    assert.equal((await call(`${platform.url}/livez`)).status, 200);
    await rename(`${needed}.away`, needed);
    await eventually(async () => (await call(`${platform.url}/readyz`)).status === 200, { withinMs: 60_000 });
    assert.equal((await call(`${platform.url}/api/v1/tasks/${String(task['id'])}`)).body['status'], 'queued');
    await completes('after the kill');
  });
});
