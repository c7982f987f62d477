import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { registerWorker, usePlatform, eventuallyHolds } from './harness/index.ts';

describe('cancel', () => {
  const platform = usePlatform();
  const cancel = (id: string, body?: object) => platform().api.call('POST', `/api/v1/tasks/${id}/cancel`, { body });

  it('ends a queued task, which no worker then gets', async () => {
    const { api } = platform();
    const type = `e2e.cancel.${randomUUID()}`;
    const { id } = await api.createTask({ type });
    assert.equal((await cancel(id, { reason: 'not needed' })).status, 202);
    const task = await api.settledTask(id);
    assert.equal(task.status, 'cancelled');
    assert.equal(task.attempts, 0);

    const worker = await registerWorker(api, { types: [type] });
    const witness = await api.createTask({ type });
    assert.equal((await worker.next()).taskId, witness.id);
  });

  it('ends a running task at once; the worker is told, and its completion changes nothing', async () => {
    const { api } = platform();
    const type = `e2e.cancel.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id } = await api.createTask({ type });
    const delivery = await worker.next();
    assert.equal((await cancel(id)).status, 202);
    const task = await api.settledTask(id);
    assert.equal(task.status, 'cancelled');

    await eventuallyHolds(async () => {
      assert.deepEqual((await worker.heartbeat([delivery])).lost, [delivery.lease]);
    });
    assert.equal(await worker.complete(delivery, 'too late'), 'superseded');
    const after = await api.task(id);
    assert.equal(after.status, 'cancelled');
    assert.equal(after.result, undefined);
  });

  it('ends a task that waits for its next attempt', async () => {
    const { api } = platform();
    const type = `e2e.cancel.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id } = await api.createTask({
      type,
      retry: { maxAttempts: 5, backoff: 'fixed', initial: '1h', jitter: 'none' },
    });
    await worker.fail(await worker.next(), { class: 'retryable', error: { code: 'busy', message: 'later' } });
    await eventuallyHolds(async () => assert.equal((await api.task(id)).status, 'retrying'));
    assert.equal((await cancel(id)).status, 202);
    assert.equal((await api.settledTask(id)).status, 'cancelled');
  });

  it('is refused with 409 once the task has finished', async () => {
    const { api } = platform();
    const { id } = await api.createTask({ type: 'taskflow.noop', payload: 1 });
    const before = await api.settledTask(id);
    const answer = await cancel(id);
    assert.equal(answer.status, 409, answer.text);
    assert.equal(answer.body.code, 'already_finished');
    assert.deepEqual(await api.task(id), before);
  });

  it('is answered with 404 for a task that does not exist', async () => {
    assert.equal((await cancel(randomUUID())).status, 404);
  });

  it('ends in exactly one state when it races with the completion', async () => {
    const { api } = platform();
    const type = `e2e.race.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type], concurrency: 50 });
    const tasks = await api.createTasks(Array.from({ length: 50 }, () => ({ type })));
    const deliveries = [];
    while (deliveries.length < 50) deliveries.push(...(await worker.claim(50)));
    const outcomes = new Map<string, string | undefined>();
    await Promise.all(
      deliveries.flatMap((delivery) => [
        cancel(delivery.taskId),
        worker.complete(delivery, 'won').then((outcome) => outcomes.set(delivery.taskId, outcome)),
      ]),
    );
    for (const { id } of tasks) {
      const task = await api.settledTask(id);
      assert.equal(task.status, outcomes.get(id) === 'accepted' ? 'completed' : 'cancelled');
      assert.equal(task.result, outcomes.get(id) === 'accepted' ? 'won' : undefined);
    }
  });
});
