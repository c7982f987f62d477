import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { type TaskBody, type WorkflowBody, usePlatform } from './harness/index.ts';

describe('idempotency keys', () => {
  const platform = usePlatform();

  async function listed(queue: string): Promise<TaskBody[]> {
    const { items } = await platform().api.expect<{ items: TaskBody[] }>(200, 'GET', `/api/v1/tasks?queue=${queue}`);
    return items;
  }

  it('answers the same key and body with the same task and says so', async () => {
    const { api } = platform();
    const headers = { 'idempotency-key': randomUUID() };
    const body = { type: 'taskflow.noop', queue: `idem-${randomUUID()}`, payload: { a: 1, b: 2 } };
    const first = await api.call<TaskBody>('POST', '/api/v1/tasks', { body, headers });
    const second = await api.call<TaskBody>('POST', '/api/v1/tasks', { body, headers });
    assert.equal(first.status, 201, first.text);
    assert.equal(second.status, 200, second.text);
    assert.equal(second.body.id, first.body.id);
    assert.equal((await listed(body.queue)).length, 1);
  });

  it('answers the same key and another body with 422 and writes nothing', async () => {
    const { api } = platform();
    const headers = { 'idempotency-key': randomUUID() };
    const queue = `idem-${randomUUID()}`;
    await api.createTask({ type: 'taskflow.noop', queue, payload: 1 }, headers);
    const other = await api.call('POST', '/api/v1/tasks', {
      body: { type: 'taskflow.noop', queue, payload: 2 },
      headers,
    });
    assert.equal(other.status, 422, other.text);
    assert.equal(other.body.code, 'idempotency_key_mismatch');
    assert.equal((await listed(queue)).length, 1);
  });

  it('makes one task of 100 requests with one key at once', async () => {
    const { api } = platform();
    const headers = { 'idempotency-key': randomUUID() };
    const body = { type: 'taskflow.noop', queue: `idem-${randomUUID()}` };
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => api.call<TaskBody>('POST', '/api/v1/tasks', { body, headers })),
    );
    const created = answers.filter(({ status }) => status === 201);
    assert.equal(created.length, 1);
    for (const { status, body: task, headers: answered, text } of answers) {
      assert.ok([200, 201, 409].includes(status), text);
      if (status === 409) assert.ok(answered.get('retry-after'));
      else assert.equal(task.id, created[0]?.body.id);
    }
    assert.equal((await listed(body.queue)).length, 1);
  });

  it('lets exactly one of two bodies win when both come with one key at once', async () => {
    const { api } = platform();
    const headers = { 'idempotency-key': randomUUID() };
    const queue = `idem-${randomUUID()}`;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        api.call<TaskBody>('POST', '/api/v1/tasks', {
          body: { type: 'taskflow.noop', queue, payload: n % 2 },
          headers,
        }),
      ),
    );
    const [created, ...more] = answers.filter(({ status }) => status === 201);
    assert.equal(more.length, 0);
    answers.forEach(({ status, body, text }, n) => {
      if (n % 2 !== created?.body.payload) assert.ok([422, 409].includes(status), text);
      else if (status !== 409) assert.equal(body.id, created?.body.id);
    });
    assert.equal((await listed(queue)).length, 1);
  });

  it('keeps the keys of different routes apart', async () => {
    const { api } = platform();
    const headers = { 'idempotency-key': randomUUID() };
    await api.createTask({ type: 'taskflow.noop' }, headers);
    const workflow = await api.call<WorkflowBody>('POST', '/api/v1/workflows', {
      body: { name: 'idem', steps: [{ key: 'a', type: 'taskflow.noop' }] },
      headers,
    });
    assert.equal(workflow.status, 201, workflow.text);
  });

  it('starts one workflow for one key', async () => {
    const { api } = platform();
    const headers = { 'idempotency-key': randomUUID() };
    const body = { name: `idem-${randomUUID()}`, steps: [{ key: 'a', type: 'taskflow.noop' }] };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.call<WorkflowBody>('POST', '/api/v1/workflows', { body, headers })),
    );
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    const ids = new Set(answers.filter(({ status }) => status < 300).map(({ body: workflow }) => workflow.id));
    assert.equal(ids.size, 1);
    const { items } = await api.expect<{ items: unknown[] }>(200, 'GET', `/api/v1/workflows?name=${body.name}`);
    assert.equal(items.length, 1);
  });

  it('replays a batch as a whole', async () => {
    const { api } = platform();
    const headers = { 'idempotency-key': randomUUID() };
    const body = { tasks: [1, 2, 3].map((payload) => ({ type: 'taskflow.noop', payload })) };
    const first = await api.call<{ tasks: TaskBody[] }>('POST', '/api/v1/tasks/batch', { body, headers });
    const second = await api.call<{ tasks: TaskBody[] }>('POST', '/api/v1/tasks/batch', { body, headers });
    assert.equal(first.status, 201, first.text);
    assert.equal(second.status, 200, second.text);
    assert.deepEqual(
      second.body.tasks.map(({ id }) => id),
      first.body.tasks.map(({ id }) => id),
    );
  });

  for (const [what, key] of [
    ['an empty key', ''],
    ['a key of 10 kB', 'k'.repeat(10_240)],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const answer = await platform().api.call('POST', '/api/v1/tasks', {
        body: { type: 'taskflow.noop' },
        headers: { 'idempotency-key': key },
      });
      assert.equal(answer.status, 422, answer.text);
    });
  }
});
