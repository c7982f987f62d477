import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { registerWorker, usePlatform } from './harness/index.ts';

describe('timeouts', () => {
  const platform = usePlatform();

  it('ends an attempt that takes longer than its time and tries again', async () => {
    const { api } = platform();
    const { id } = await api.createTask({
      type: 'taskflow.sleep',
      payload: { ms: 600_000 },
      timeout: { attempt: 50 },
      retry: { maxAttempts: 2, backoff: 'fixed', initial: 1, jitter: 'none' },
    });
    const task = await api.settledTask(id);
    assert.equal(task.status, 'failed');
    assert.equal(task.attempts, 2);
    assert.match(task.error?.code ?? '', /timeout/);
  });

  it('ends an attempt whose worker never looks at the clock', async () => {
    const { api } = platform();
    const type = `e2e.late.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id } = await api.createTask({ type, timeout: { attempt: 100 }, retry: { maxAttempts: 1 } });
    const delivery = await worker.next();
    assert.equal(delivery.timeoutMs, 100);
    const task = await api.settledTask(id);
    assert.equal(task.status, 'failed');
    assert.match(task.error?.code ?? '', /timeout/);
    assert.equal(await worker.complete(delivery, 'too late'), 'superseded');
  });

  it('ends a task that waits longer for a worker than its total time', async () => {
    const { api } = platform();
    const { id } = await api.createTask({ type: 'e2e.never', timeout: { total: 100 } });
    const task = await api.settledTask(id);
    assert.equal(task.status, 'failed');
    assert.equal(task.attempts, 0);
    assert.equal(task.error?.code, 'total_timeout');
  });

  it('ends a task whose next attempt would come after its total time', async () => {
    const { api } = platform();
    const { id } = await api.createTask({
      type: 'taskflow.fail',
      payload: { message: 'no' },
      retry: { maxAttempts: 50, backoff: 'fixed', initial: '1h', jitter: 'none' },
      timeout: { total: 300 },
    });
    const task = await api.settledTask(id);
    assert.equal(task.status, 'failed');
    assert.ok(task.attempts <= 1);
  });
});
