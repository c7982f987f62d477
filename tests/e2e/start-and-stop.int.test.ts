import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  freePort,
  isAlive,
  registerWorker,
  removeDirectory,
  spawnPlatform,
  startChild,
  startPlatform,
  temporaryDirectory,
  eventuallyHolds,
} from './harness/index.ts';

describe('start and stop', () => {
  it('resumes what was unfinished at the next start, says how many, and leaves nothing running after a stop', async () => {
    const dataDir = await temporaryDirectory('resume');
    try {
      const first = await startPlatform({ dataDir });
      const { id: done } = await first.api.createTask({ type: 'taskflow.noop', payload: 'kept' });
      await first.api.settledTask(done);
      const waiting = await first.api.createTasks([1, 2, 3].map((payload) => ({ type: 'e2e.resumed', payload })));
      const postmaster = first.postmaster();
      assert.ok(postmaster !== undefined);
      await first.stop();
      assert.equal((await first.child.exited).code, 0);
      await eventuallyHolds(async () => assert.ok(!isAlive(postmaster), 'the database server outlived its platform'));

      const second = await startPlatform({ dataDir });
      try {
        await second.child.line(/\b3\b.*(unfinished|resum)|(unfinished|resum).*\b3\b/i);
        assert.equal((await second.api.task(done)).result, 'kept');
        const worker = await registerWorker(second.api, { types: ['e2e.resumed'] });
        for (let n = 0; n < 3; n++) await worker.complete(await worker.next(), 'after the restart');
        for (const { id } of waiting) assert.equal((await second.api.settledTask(id)).result, 'after the restart');
      } finally {
        await second.remove();
      }
    } finally {
      await removeDirectory(dataDir);
    }
  });

  it('refuses a second platform on the same data by name and leaves the first one alone', async () => {
    const first = await startPlatform();
    try {
      const second = spawnPlatform(await freePort(), first.dataDir);
      const { code } = await second.exited;
      assert.notEqual(code, 0);
      assert.match(second.stderr() + second.stdout(), /already|in use|another|second/i);
      assert.match(second.stderr() + second.stdout(), new RegExp(first.dataDir));
      const { id } = await first.api.createTask({ type: 'taskflow.noop', payload: 1 });
      assert.equal((await first.api.settledTask(id)).status, 'completed');
    } finally {
      await first.remove();
    }
  });

  it('refuses wrong settings at start, all of them at once', async () => {
    const dataDir = await temporaryDirectory('settings');
    try {
      const child = spawnPlatform(await freePort(), dataDir, {
        env: { TASKFLOW_LEASE_MS: 'soon', TASKFLOW_BROKER_URL: 'redis://127.0.0.1:1', TASKFLOW_LOG_LEVEL: 'loud' },
      });
      const { code } = await child.exited;
      assert.notEqual(code, 0);
      for (const name of ['TASKFLOW_LEASE_MS', 'TASKFLOW_BROKER_URL', 'TASKFLOW_LOG_LEVEL']) {
        assert.ok((child.stderr() + child.stdout()).includes(name), `${name} is not named: ${child.stderr()}`);
      }
    } finally {
      await removeDirectory(dataDir);
    }
  });

  it('runs the demo workflow at npm start, prints its steps and its result, and serves on', async () => {
    const dataDir = await temporaryDirectory('demo');
    const port = await freePort();
    const child = startChild({ command: ['scripts/start.ts', '--port', `${port}`, '--data-dir', dataDir] });
    try {
      await child.line(/completed/i);
      await eventuallyHolds(async () => assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200));
      const { items } = (await (await fetch(`http://127.0.0.1:${port}/api/v1/workflows?status=completed`)).json()) as {
        items: unknown[];
      };
      assert.ok(items.length >= 1);
    } finally {
      await child.stop();
      await removeDirectory(dataDir);
    }
  });
});
