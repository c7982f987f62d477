import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { http } from '@taskflow/contracts-task-execution';
import { registerWorker, usePlatform, eventuallyHolds } from './harness/index.ts';

type DeadLetters = ReturnType<typeof http.deadLetterList.parse>;

describe('attempts, retry and dead letters', () => {
  const platform = usePlatform();
  const quick = { backoff: 'exponential', initial: 1, max: 5, jitter: 'none' } as const;
  const deadLetters = async (queue: string) =>
    (await platform().api.expect<DeadLetters>(200, 'GET', `/api/v1/dead-letters?queue=${queue}`)).items;

  it('tries again after a failure until it succeeds, and counts the attempts', async () => {
    const { api } = platform();
    const { id } = await api.createTask({
      type: 'taskflow.fail',
      payload: { message: 'not yet', times: 2 },
      retry: { ...quick, maxAttempts: 5 },
    });
    const task = await api.settledTask(id);
    assert.equal(task.status, 'completed');
    assert.equal(task.attempts, 3);
  });

  it('fails for good after its last attempt and keeps the task as a dead letter', async () => {
    const { api } = platform();
    const queue = `dead-${randomUUID()}`;
    const { id } = await api.createTask({
      type: 'taskflow.fail',
      queue,
      payload: { message: 'broken for good' },
      retry: { ...quick, maxAttempts: 3 },
    });
    const task = await api.settledTask(id);
    assert.equal(task.status, 'failed');
    assert.equal(task.attempts, 3);
    assert.match(task.error?.message ?? '', /broken for good/);

    const letters = await eventuallyHolds(async () => {
      const found = await deadLetters(queue);
      assert.equal(found.length, 1);
      return found;
    });
    const [letter] = letters;
    assert.equal(letter?.taskId, id);
    assert.equal(letter?.attempts, 3);
    assert.equal(letter?.reason, 'attempts-exhausted');
    assert.deepEqual(letter?.payload, { message: 'broken for good' });
  });

  it('does not try a terminal failure again', async () => {
    const { api } = platform();
    const type = `e2e.terminal.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id } = await api.createTask({ type, queue: type, retry: { ...quick, maxAttempts: 9 } });
    const failure = {
      class: 'terminal',
      error: { code: 'no_such_account', message: 'gone', details: { n: 1 } },
    } as const;
    assert.equal(await worker.fail(await worker.next(), failure), 'accepted');
    const task = await api.settledTask(id);
    assert.equal(task.status, 'failed');
    assert.equal(task.attempts, 1);
    assert.equal(task.error?.code, 'no_such_account');
    await eventuallyHolds(async () => assert.equal((await deadLetters(type))[0]?.reason, 'terminal'));
  });

  it('waits between attempts as the policy says, and shows it', async () => {
    const { api } = platform();
    const type = `e2e.backoff.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id } = await api.createTask({
      type,
      retry: { maxAttempts: 3, backoff: 'fixed', initial: '1h', jitter: 'none' },
    });
    await worker.fail(await worker.next(), { class: 'retryable', error: { code: 'busy', message: 'later' } });
    await eventuallyHolds(async () => {
      const task = await api.task(id);
      assert.equal(task.status, 'retrying');
      assert.equal(task.attempts, 1);
    });
    assert.deepEqual(await worker.claim(1, 0), []);
  });

  it('follows a retry-after of the worker instead of the policy', async () => {
    const { api } = platform();
    const type = `e2e.after.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id } = await api.createTask({
      type,
      retry: { maxAttempts: 3, backoff: 'fixed', initial: '1h', jitter: 'none' },
    });
    const error = { code: 'busy', message: 'soon' };
    await worker.fail(await worker.next(), { class: 'retryable', retryAfterMs: 1, error });
    const again = await worker.next();
    assert.equal(again.taskId, id);
    assert.equal(again.attempt, 2);
    await worker.complete(again, 'ok');
    assert.equal((await api.settledTask(id)).attempts, 2);
  });

  it('hands a released task back without costing an attempt', async () => {
    const { api } = platform();
    const type = `e2e.released.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    await api.createTask({ type, retry: { ...quick, maxAttempts: 1 } });
    const first = await worker.next();
    await worker.fail(first, { class: 'released', error: { code: 'drain', message: 'going home' } });
    const second = await worker.next();
    assert.equal(second.taskId, first.taskId);
    assert.equal(second.attempt, 1);
    assert.notEqual(second.lease, first.lease);
    assert.equal(await worker.complete(second), 'accepted');
  });

  it('runs a failed task again as a new generation', async () => {
    const { api } = platform();
    const type = `e2e.again.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id, generation } = await api.createTask({
      type,
      payload: { keep: 'me' },
      retry: { ...quick, maxAttempts: 1 },
    });
    assert.equal(generation, 1);
    const first = await worker.next();
    await worker.fail(first, { class: 'retryable', error: { code: 'bad', message: 'bad' } });
    assert.equal((await api.settledTask(id)).status, 'failed');

    const answer = await api.call('POST', `/api/v1/tasks/${id}/retry`);
    assert.equal(answer.status, 202, answer.text);
    const again = await worker.next();
    assert.deepEqual([again.taskId, again.generation, again.attempt, again.payload], [id, 2, 1, { keep: 'me' }]);
    assert.equal(await worker.complete(first, 'from the first life'), 'superseded');
    await worker.complete(again, 'second life');
    const task = await api.settledTask(id);
    assert.deepEqual([task.status, task.generation, task.result], ['completed', 2, 'second life']);
    assert.equal(task.error, undefined);
  });

  it('refuses to run a task again that is queued or has completed', async () => {
    const { api } = platform();
    const { id } = await api.createTask({ type: 'taskflow.noop' });
    await api.settledTask(id);
    assert.equal((await api.call('POST', `/api/v1/tasks/${id}/retry`)).status, 409);
    const queued = await api.createTask({ type: 'e2e.never' });
    assert.equal((await api.call('POST', `/api/v1/tasks/${queued.id}/retry`)).status, 409);
    assert.equal((await api.call('POST', `/api/v1/tasks/${randomUUID()}/retry`)).status, 404);
  });

  it('says by name that redrive and removal are not available yet', async () => {
    const { api } = platform();
    const letter = `/api/v1/dead-letters/${randomUUID()}`;
    for (const answer of [
      await api.call('POST', '/api/v1/dead-letters/redrive', { body: { filter: {} } }),
      await api.call('POST', `${letter}/redrive`),
      await api.call('DELETE', letter),
    ]) {
      assert.equal(answer.status, 404, answer.text);
      assert.equal(answer.body.code, 'not_available');
    }
  });
});
