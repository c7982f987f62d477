import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  type Child,
  createApi,
  eventuallyHolds,
  freePort,
  isAlive,
  postmasterBelow,
  removeDirectory,
  startChild,
  startPlatform,
  temporaryDirectory,
} from './harness/index.ts';

/** As `npm start` runs it: a wrapper that passes on what it gets, in the group of the platform and its worker. */
async function startWrapped(dataDir: string) {
  const port = await freePort();
  const child = startChild({
    command: ['scripts/run.mjs', 'scripts/start.ts', '--port', `${port}`, '--data-dir', dataDir, '--no-demo'],
  });
  await child.line(/Ctrl-C stops it/);
  const api = createApi(`http://127.0.0.1:${port}`);
  const postmaster = postmasterBelow(dataDir) ?? assert.fail('no database server');
  return { child, api, postmaster };
}

async function runningTask(api: ReturnType<typeof createApi>, ms: number): Promise<string> {
  const { id } = await api.createTask({ type: 'taskflow.sleep', payload: { ms } });
  await eventuallyHolds(async () => assert.equal((await api.task(id)).status, 'running'));
  return id;
}

const goneWith = (child: Child, postmaster: number) => async () => {
  assert.ok(!child.running());
  assert.ok(!isAlive(postmaster), 'the database server outlived its platform');
};

const serverLog = (dataDir: string) => readFileSync(join(dataDir, 'cluster', 'server.log'), 'utf8');

describe('signals', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`${signal} to the whole group is one request: what runs is finished, the server stopped in order`, async () => {
      const dataDir = await temporaryDirectory('signals');
      try {
        const { child, api, postmaster } = await startWrapped(dataDir);
        const id = await runningTask(api, 1_500);
        child.signalGroup(signal);
        assert.deepEqual(await child.exited, { code: 0, signal: null });
        await goneWith(child, postmaster)();
        assert.match(serverLog(dataDir), /received fast shutdown request/);
        const next = await startPlatform({ dataDir });
        const task = await next.api.settledTask(id);
        // A worker may be interrupted by the same signal as a part of the group; it ends in order all the same.
        assert.deepEqual([task.status, task.attempts], ['completed', 1]);
        await next.remove();
      } finally {
        await removeDirectory(dataDir);
      }
    });
  }

  it('a second interrupt waits for no handler and still ends the database server', async () => {
    const dataDir = await temporaryDirectory('signals');
    try {
      const { child, api, postmaster } = await startWrapped(dataDir);
      await runningTask(api, 600_000);
      child.signalGroup('SIGINT');
      await child.line(/Stopping/);
      // As somebody does who loses patience.
      await eventuallyHolds(() => {
        child.signalGroup('SIGINT');
        assert.ok(!child.running());
      });
      await eventuallyHolds(goneWith(child, postmaster));
      assert.match(serverLog(dataDir), /received immediate shutdown request/);
      const next = await startPlatform({ dataDir });
      await next.remove();
    } finally {
      await removeDirectory(dataDir);
    }
  });

  it('answers a waiting read with the present state, and waits neither for it nor for its connection', async () => {
    const dataDir = await temporaryDirectory('signals');
    try {
      const { child, api, postmaster } = await startWrapped(dataDir);
      const { id } = await api.createTask({ type: 'e2e.nobody' });
      const read = api.expect<{ status: string }>(200, 'GET', `/api/v1/tasks/${id}`, {
        headers: { prefer: 'wait=60' },
      });
      await eventuallyHolds(async () =>
        assert.match((await api.call('GET', '/metrics')).text, /^task_management_result_subscribers 1$/m),
      );
      child.signal('SIGTERM');
      assert.equal((await read).status, 'queued');
      assert.equal((await child.exited).code, 0);
      await goneWith(child, postmaster)();
      assert.doesNotMatch(child.stderr(), /did not stop/);
    } finally {
      await removeDirectory(dataDir);
    }
  });

  it('a request to stop while it starts ends what has begun', async () => {
    const dataDir = await temporaryDirectory('signals');
    try {
      const child = startChild({
        command: ['scripts/run.mjs', 'scripts/start.ts', '--port', `${await freePort()}`, '--data-dir', dataDir],
      });
      await eventuallyHolds(() => assert.ok(postmasterBelow(dataDir) !== undefined));
      const postmaster = postmasterBelow(dataDir) ?? assert.fail();
      child.signalGroup('SIGTERM');
      assert.equal((await child.exited).code, 0);
      await goneWith(child, postmaster)();
    } finally {
      await removeDirectory(dataDir);
    }
  });

  it('goes on when nobody reads what it says any more', async () => {
    const dataDir = await temporaryDirectory('signals');
    try {
      const { child, api, postmaster } = await startWrapped(dataDir);
      child.closeOutput();
      child.signal('SIGTERM');
      assert.equal((await child.exited).code, 0);
      await assert.rejects(api.call('GET', '/livez'));
      await goneWith(child, postmaster)();
    } finally {
      await removeDirectory(dataDir);
    }
  });
});
