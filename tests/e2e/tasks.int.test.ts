import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { type TaskBody, type WorkflowBody, registerWorker, usePlatform } from './harness/index.ts';

describe('tasks over HTTP', () => {
  const platform = usePlatform();

  it('creates a task, runs it and shows its result', async () => {
    const { api } = platform();
    const payload = { greeting: 'hello', nested: { list: [1, 2.5, null, true, 'ü'] } };
    const answer = await api.call<TaskBody>('POST', '/api/v1/tasks', { body: { type: 'taskflow.noop', payload } });
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers.get('location'), `/api/v1/tasks/${answer.body.id}`);
    assert.ok(answer.headers.get('x-request-id'));

    const task = await api.settledTask(answer.body.id);
    assert.equal(task.status, 'completed');
    assert.equal(task.attempts, 1);
    assert.deepEqual(task.payload, payload);
    assert.deepEqual(task.result, payload);
    assert.ok(task.startedAt !== undefined && task.finishedAt !== undefined);
    assert.ok(task.createdAt <= task.startedAt && task.startedAt <= task.finishedAt);
  });

  it('keeps payload and result as they were sent, number by number', async () => {
    const { api } = platform();
    const raw =
      '{"type":"taskflow.noop","payload":{"big":9007199254740991,"tiny":1e-7,"text":"\\u00e9\\n\\"","empty":{}}}';
    const created = await api.expect<TaskBody>(201, 'POST', '/api/v1/tasks', { raw });
    const { result } = await api.settledTask(created.id);
    assert.deepEqual(result, { big: 9007199254740991, tiny: 1e-7, text: 'é\n"', empty: {} });
  });

  it('takes priorities by name and by number and echoes both', async () => {
    const { api } = platform();
    const [named, numbered, standard] = await api.createTasks([
      { type: 'e2e.never', priority: 'critical' },
      { type: 'e2e.never', priority: 123 },
      { type: 'e2e.never' },
    ]);
    assert.equal(named?.priority, 900);
    assert.equal(named?.priorityName, 'critical');
    assert.equal(numbered?.priority, 123);
    assert.equal(numbered?.priorityName, undefined);
    assert.equal(standard?.priority, 500);
  });

  it('waits for the final state only as long as it is asked to', async () => {
    const { api } = platform();
    const type = `e2e.wait.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id } = await api.createTask({ type });
    const early = await api.call<TaskBody>('GET', `/api/v1/tasks/${id}`, { headers: { prefer: 'wait=1' } });
    assert.equal(early.status, 200);
    assert.ok(['queued', 'running'].includes(early.body.status), early.body.status);

    const waiting = api.call<TaskBody>('GET', `/api/v1/tasks/${id}`, { headers: { prefer: 'wait=30' } });
    assert.equal(await worker.complete(await worker.next(), 'done'), 'accepted');
    const late = await waiting;
    assert.equal(late.body.status, 'completed');
    assert.equal(late.body.result, 'done');
  });

  it('waits for the end of what it creates, when it is asked to', async () => {
    const { api } = platform();
    const prefer = { headers: { prefer: 'wait=30' } };
    const task = { type: 'taskflow.noop', payload: 'at once' };
    const created = await api.call<TaskBody>('POST', '/api/v1/tasks', { body: task, ...prefer });
    assert.deepEqual([created.status, created.body.status, created.body.result], [201, 'completed', 'at once']);
    const started = await api.call<WorkflowBody>('POST', '/api/v1/workflows', {
      body: { name: 'at-once', steps: [{ key: 'a', ...task }], output: 'a' },
      ...prefer,
    });
    assert.deepEqual([started.status, started.body.status, started.body.output], [201, 'completed', 'at once']);
    for (const { headers } of [created, started]) assert.equal(headers.get('preference-applied'), 'wait=30');
    const cancelled = await api.call('POST', `/api/v1/workflows/${started.body.id}/cancel`, prefer);
    assert.deepEqual([cancelled.status, cancelled.headers.get('preference-applied')], [409, null]);
  });

  it('creates a batch in order, and all or none of it', async () => {
    const { api } = platform();
    const queue = `batch-${randomUUID()}`;
    const good = Array.from({ length: 1000 }, (_, n) => ({ type: 'taskflow.noop', queue, payload: n }));
    const tasks = await api.createTasks(good);
    assert.deepEqual(
      tasks.map(({ payload }) => payload),
      good.map(({ payload }) => payload),
    );
    assert.equal(new Set(tasks.map(({ id }) => id)).size, 1000);

    const other = `batch-${randomUUID()}`;
    const bad = good.slice(0, 10).map((task) => ({ ...task, queue: other }));
    const refused = await api.call('POST', '/api/v1/tasks/batch', { body: { tasks: [...bad, { type: '' }] } });
    assert.equal(refused.status, 422, refused.text);
    assert.match(JSON.stringify(refused.body.errors), /tasks\/10\/type/);
    const listed = await api.expect<{ items: TaskBody[] }>(200, 'GET', `/api/v1/tasks?queue=${other}`);
    assert.deepEqual(listed.items, []);
    for (const task of tasks.slice(-3)) assert.equal((await api.settledTask(task.id)).status, 'completed');
  });

  for (const [what, tasks] of [
    ['no task', []],
    ['1,001 tasks', Array.from({ length: 1001 }, () => ({ type: 'taskflow.noop' }))],
  ] as const) {
    it(`refuses a batch of ${what}`, async () => {
      const answer = await platform().api.call('POST', '/api/v1/tasks/batch', { body: { tasks } });
      assert.equal(answer.status, 422, answer.text);
    });
  }

  it('lists newest first, page by page, each task once', async () => {
    const { api } = platform();
    const queue = `list-${randomUUID()}`;
    const created = await api.createTasks(Array.from({ length: 25 }, () => ({ type: 'e2e.never', queue })));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: TaskBody[]; nextCursor: string | null } = await api.expect(
        200,
        'GET',
        `/api/v1/tasks?queue=${queue}&limit=10${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      assert.ok(page.items.length <= 10);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, created.map(({ id }) => id).reverse());
  });

  it('lists by status, type, queue and tag', async () => {
    const { api } = platform();
    const mark = randomUUID();
    const queue = `filter-${mark}`;
    const [waiting, done, tagged] = await api.createTasks([
      { type: `e2e.${mark}`, queue },
      { type: 'taskflow.noop', queue },
      { type: `e2e.${mark}`, queue, tags: { customer: mark } },
    ]);
    await api.settledTask(done?.id ?? '');
    const ids = async (query: string) => {
      const { items } = await api.expect<{ items: TaskBody[] }>(200, 'GET', `/api/v1/tasks?queue=${queue}&${query}`);
      return items.map(({ id }) => id).sort();
    };
    assert.deepEqual(await ids('status=completed'), [done?.id]);
    assert.deepEqual(await ids(`type=e2e.${mark}`), [waiting?.id, tagged?.id].sort());
    assert.deepEqual(await ids(`tag.customer=${mark}`), [tagged?.id]);
    assert.deepEqual(await ids(`type=e2e.${mark}&status=completed`), []);
  });

  it('answers an unknown id with 404 and continues the request id', async () => {
    const { api } = platform();
    const answer = await api.call('GET', `/api/v1/tasks/${randomUUID()}`, {
      headers: { 'x-request-id': 'e2e-request-1' },
    });
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get('content-type')?.split(';')[0], 'application/problem+json');
    assert.equal(answer.headers.get('x-request-id'), 'e2e-request-1');
    assert.ok(answer.body.code);
  });
});
