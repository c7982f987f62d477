import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EventRecord } from '@taskflow/kit-messaging';
import { eventually } from '@taskflow/kit-testing';
import { executionEvents } from '../../testing/execution-double.ts';
import { type Answer, type Harness, startHarness } from '../../testing/service-harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness[Symbol.asyncDispose]());

const post = (body: unknown, headers?: Record<string, string>) => harness.call('POST', '/api/v1/tasks', body, headers);
const countTasks = async () => (await harness.sql<{ n: number }>('select count(*)::int as n from tasks'))[0]?.n;

async function aTask(body: Record<string, unknown> = {}): Promise<string> {
  const { body: task, status } = await post({ type: 'work', ...body });
  assert.equal(status, 201, JSON.stringify(task));
  return String(task.id);
}

async function heard(which: (event: EventRecord) => boolean): Promise<EventRecord> {
  const event = await eventually(() => harness.execution.heard.find(which));
  assert.ok(event);
  return event;
}

function assertProblem(answer: Answer, status: number, code: string, pointer?: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.body.code, code, JSON.stringify(answer.body));
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.ok(String(answer.body.detail).length > 10);
  if (pointer !== undefined) {
    const errors = answer.body.errors as { pointer: string }[];
    assert.ok(
      errors.some((error) => error.pointer === pointer),
      JSON.stringify(errors),
    );
  }
}

describe('POST /api/v1/tasks', () => {
  test('answers with the task as it can be read right after', async () => {
    const created = await post({
      type: 'mail.send',
      payload: { to: 'a@b', n: [1, null, 'é'] },
      queue: 'mail',
      priority: 'high',
      retry: { maxAttempts: 5, initial: '2s' },
      timeout: { attempt: 500 },
      tags: { customer: '7' },
    });
    assert.equal(created.status, 201);
    assert.deepEqual(
      [
        created.body.priority,
        created.body.priorityName,
        created.body.queue,
        created.body.status,
        created.body.generation,
      ],
      [700, 'high', 'mail', 'queued', 1],
    );
    const retry = { maxAttempts: 5, backoff: 'exponential', initial: 2_000, max: 60_000, jitter: 'full' };
    assert.deepEqual(created.body.retry, retry);
    const read = await harness.call('GET', `/api/v1/tasks/${created.body.id}`);
    assert.deepEqual(read.body, created.body);
  });

  test('tells task-execution everything that it needs', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { body } = await post(
      { type: 'work', payload: { a: 1 }, retry: { maxAttempts: 2 }, timeout: { total: '1m' } },
      { traceparent },
    );
    const event = await heard(({ data }) => data.taskId === body.id);
    assert.equal(event.traceparent, traceparent);
    assert.equal(event.raw?.payload, '{"a":1}');
    assert.equal(event.data.eventId, event.id);
    assert.deepEqual(event.data.retry, {
      maxAttempts: 2,
      backoff: 'exponential',
      initialMs: 1_000,
      maxMs: 60_000,
      jitter: 'full',
    });
    assert.deepEqual(event.data.timeout, { totalMs: 60_000 });
  });

  const refused: [string, unknown, number, string, string?][] = [
    ['a body that is not JSON', '{"type":', 400, 'malformed_json'],
    ['an unknown property', { type: 'work', tenantId: 'x' }, 422, 'unknown_property', '#/tenantId'],
    ['a type of steps', { type: 'taskflow.step/each' }, 422, 'reserved_type', '#/type'],
    ['a type of preparations', { type: 'taskflow.prepare/order' }, 422, 'reserved_type', '#/type'],
    ['a status of its own', { type: 'work', status: 'completed' }, 422, 'unknown_property', '#/status'],
    ['no type', { payload: 1 }, 422, 'invalid_body', '#/type'],
    ['a type with a control character', { type: 'a\nb' }, 422, 'invalid_body', '#/type'],
    ['an empty type', { type: '' }, 422, 'invalid_body', '#/type'],
    ['NUL in the payload', '{"type":"work","payload":"\\u0000"}', 422, 'invalid_string'],
    ['__proto__ in the payload', '{"type":"work","payload":{"__proto__":{"x":1}}}', 400, 'forbidden_key'],
    ['a repeated key', '{"type":"work","type":"other"}', 400, 'duplicate_key'],
    ['a payload nested too deep', `{"type":"work","payload":${'['.repeat(80)}${']'.repeat(80)}}`, 400, 'too_deep'],
    ['a number that JSON cannot hold', '{"type":"work","payload":1e400}', 422, 'number_out_of_range'],
    ['a priority out of range', { type: 'work', priority: 1000 }, 422, 'invalid_body', '#/priority'],
    ['a timeout of nothing', { type: 'work', timeout: { attempt: 0 } }, 422, 'invalid_body', '#/timeout/attempt'],
    [
      'a million attempts',
      { type: 'work', retry: { maxAttempts: 1_000_000 } },
      422,
      'invalid_body',
      '#/retry/maxAttempts',
    ],
    ['a due time', { type: 'work', runAt: '2030-01-01T00:00:00Z' }, 422, 'not_available', '#/runAt'],
    ['a delay', { type: 'work', delay: '5s' }, 422, 'not_available', '#/delay'],
    ['an SLA', { type: 'work', sla: {} }, 422, 'not_available', '#/sla'],
    [
      'a payload beyond 256 kB',
      { type: 'work', payload: 'x'.repeat(256 * 1024) },
      413,
      'payload_too_large',
      '#/payload',
    ],
    ['a body beyond 1 MiB', { type: 'work', payload: 'x'.repeat(1024 * 1024) }, 413, 'payload_too_large'],
  ];
  for (const [name, body, status, code, pointer] of refused) {
    test(`refuses ${name} and writes nothing`, async () => {
      const before = await countTasks();
      assertProblem(await post(body), status, code, pointer);
      assert.equal(await countTasks(), before);
      assert.equal(({} as { x?: number }).x, undefined);
    });
  }
});

describe('an Idempotency-Key', () => {
  const body = { type: 'work', payload: { a: 1, b: 2 } };

  test('replays the same body with 200, whatever the order of its members', async () => {
    const first = await post(body, { 'idempotency-key': 'replay-1' });
    const again = await post('{"payload":{"b":2,"a":1},"type":"work"}', { 'idempotency-key': '"replay-1"' });
    assert.deepEqual([first.status, again.status], [201, 200]);
    assert.equal(again.body.id, first.body.id);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    assert.equal(first.headers.get('idempotent-replayed'), null);
  });

  test('is refused with another body', async () => {
    await post(body, { 'idempotency-key': 'other-1' });
    assertProblem(await post({ type: 'other' }, { 'idempotency-key': 'other-1' }), 422, 'idempotency_key_mismatch');
  });

  test('sent a hundred times at once makes one task', async () => {
    const before = (await countTasks()) ?? 0;
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(body, { 'idempotency-key': 'hundred' })));
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    assert.equal(answers.filter(({ status }) => status === 200).length, 99);
    assert.equal(new Set(answers.map(({ body: { id } }) => id)).size, 1);
    assert.equal(await countTasks(), before + 1);
  });

  test('shows what became of the task since', async () => {
    const { body: task } = await post(body, { 'idempotency-key': 'later' });
    harness.execution.report(executionEvents.completed({ taskId: String(task.id) }, 42));
    await harness.call('GET', `/api/v1/tasks/${task.id}`, undefined, { prefer: 'wait=10' });
    assert.equal((await post(body, { 'idempotency-key': 'later' })).body.result, 42);
  });

  test('is refused when empty, endless or unprintable', async () => {
    for (const key of ['""', 'x'.repeat(10_000), 'a\u00e9']) {
      assertProblem(await post(body, { 'idempotency-key': key }), 422, 'invalid_idempotency_key');
    }
  });
});

describe('POST /api/v1/tasks/batch', () => {
  test('creates all of up to a thousand in order', async () => {
    const tasks = Array.from({ length: 1_000 }, (_, n) => ({ type: 'work', payload: n }));
    const { status, body } = await harness.call('POST', '/api/v1/tasks/batch', { tasks });
    assert.equal(status, 201);
    assert.deepEqual(
      (body.tasks as { payload: number }[]).map(({ payload }) => payload),
      tasks.map(({ payload }) => payload),
    );
  });

  test('names what it created and repeats nothing, where the caller prefers that', async () => {
    const prefer = { prefer: 'wait=1, return=minimal' };
    const tasks = [{ type: 'work', payload: 1 }, { type: 'work' }];
    const many = await harness.call('POST', '/api/v1/tasks/batch', { tasks }, prefer);
    const ids = (many.body.tasks as { id: string }[]).map(({ id }) => id);
    assert.deepEqual(many.body, { tasks: ids.map((id) => ({ id, status: 'queued' })) });
    const one = await harness.call('POST', '/api/v1/tasks', { type: 'work' }, prefer);
    assert.deepEqual([one.status, one.body], [201, { id: one.body.id, status: 'queued' }]);
    assert.equal((await harness.call('GET', `/api/v1/tasks/${ids[0]}`)).body.payload, 1);
    const whole = await harness.call('POST', '/api/v1/tasks', { type: 'work' }, { prefer: 'return=representation' });
    assert.equal(whole.body.type, 'work');
  });

  test('creates none when one is wrong, and points to it', async () => {
    const before = await countTasks();
    const wrong = (task: unknown) => harness.call('POST', '/api/v1/tasks/batch', { tasks: [{ type: 'work' }, task] });
    assertProblem(await wrong({ type: 'work', bad: 1 }), 422, 'unknown_property', '#/tasks/1/bad');
    assertProblem(await wrong({ type: 'work', delay: 5 }), 422, 'not_available', '#/tasks/1/delay');
    assertProblem(
      await wrong({ type: 'work', payload: 'x'.repeat(300_000) }),
      413,
      'payload_too_large',
      '#/tasks/1/payload',
    );
    assertProblem(await harness.call('POST', '/api/v1/tasks/batch', { tasks: [] }), 422, 'invalid_body', '#/tasks');
    const tooMany = Array.from({ length: 1_001 }, () => ({ type: 'work' }));
    assertProblem(
      await harness.call('POST', '/api/v1/tasks/batch', { tasks: tooMany }),
      422,
      'invalid_body',
      '#/tasks',
    );
    assert.equal(await countTasks(), before);
  });

  test('replays as a whole', async () => {
    const body = {
      tasks: [
        { type: 'work', payload: 1 },
        { type: 'work', payload: 2 },
      ],
    };
    const first = await harness.call('POST', '/api/v1/tasks/batch', body, { 'idempotency-key': 'batch' });
    const again = await harness.call('POST', '/api/v1/tasks/batch', body, { 'idempotency-key': 'batch' });
    assert.deepEqual([first.status, again.status], [201, 200]);
    const ids = (answer: Answer) => (answer.body.tasks as { id: string }[]).map(({ id }) => id);
    assert.deepEqual(ids(again), ids(first));
  });
});

describe('commands on a task', () => {
  test('cancel is accepted, then confirmed by the execution', async () => {
    const id = await aTask();
    const asked = await harness.call('POST', `/api/v1/tasks/${id}/cancel`, { reason: 'enough' });
    assert.deepEqual([asked.status, asked.body.status, asked.body.cancelRequested], [202, 'queued', true]);
    harness.execution.report(executionEvents.cancelled({ taskId: id }));
    const ended = await harness.call('GET', `/api/v1/tasks/${id}`, undefined, { prefer: 'wait=10' });
    assert.equal(ended.body.status, 'cancelled');
    const late = await harness.call('POST', `/api/v1/tasks/${id.toUpperCase()}/cancel`);
    assertProblem(late, 409, 'already_finished');
    assert.deepEqual([late.body.status, late.body.currentStatus], [409, 'cancelled']);
  });

  test('retry runs a failed task again as the next generation', async () => {
    const id = await aTask();
    assertProblem(await harness.call('POST', `/api/v1/tasks/${id}/retry`), 409, 'not_finished');
    harness.execution.report(executionEvents.failed({ taskId: id }));
    const failed = await harness.call('GET', `/api/v1/tasks/${id}`, undefined, { prefer: 'wait=10' });
    assert.deepEqual([failed.body.status, failed.body.error], ['failed', { code: 'broken', message: 'it broke' }]);
    const again = await harness.call('POST', `/api/v1/tasks/${id}/retry`);
    assert.deepEqual(
      [again.status, again.body.status, again.body.generation, again.body.error],
      [202, 'queued', 2, undefined],
    );
    harness.execution.report(executionEvents.completed({ taskId: id, generation: 2 }, 1));
    const done = await harness.call('GET', `/api/v1/tasks/${id}`, undefined, { prefer: 'wait=10' });
    assert.equal(done.body.status, 'completed');
    assertProblem(await harness.call('POST', `/api/v1/tasks/${id}/retry`), 409, 'already_completed');
  });

  test('priority is changed and announced while the task is live', async () => {
    const id = await aTask();
    const changed = await harness.call('PATCH', `/api/v1/tasks/${id}`, { priority: 'critical' });
    assert.deepEqual([changed.status, changed.body.priority, changed.body.priorityName], [200, 900, 'critical']);
    const event = await heard(({ type, data }) => type.includes('priority-changed') && data.taskId === id);
    assert.deepEqual([event.data.priority, event.data.previousPriority], [900, 500]);
  });

  test('of an unknown task, or one that cannot exist, are answered 404', async () => {
    for (const id of ['01900000-0000-7000-8000-000000000000', 'nonsense', '..%2f..%2fetc', '%00']) {
      for (const [method, path] of [
        ['GET', ''],
        ['POST', '/cancel'],
        ['POST', '/retry'],
      ] as const) {
        const answer = await harness.call(method, `/api/v1/tasks/${id}${path}`);
        assert.equal(answer.status, 404, `${method} ${id}${path}`);
      }
    }
  });
});

describe('GET /api/v1/tasks', () => {
  test('pages through all tasks, newest first, each once', async () => {
    await using own = await startHarness();
    const tasks = Array.from({ length: 25 }, (_, n) => ({
      type: n % 5 === 0 ? 'rare' : 'work',
      payload: n,
      tags: { n: String(n % 2) },
    }));
    await own.call('POST', '/api/v1/tasks/batch', { tasks });
    const pages = async (query: string) => {
      const seen: number[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body, status } = await own.call(
          'GET',
          `/api/v1/tasks?${query}${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        assert.equal(status, 200, JSON.stringify(body));
        seen.push(...(body.items as { payload: number }[]).map(({ payload }) => payload));
        cursor = body.nextCursor;
      }
      return seen;
    };
    const newestFirst = tasks.map(({ payload }) => payload).reverse();
    assert.deepEqual(await pages('limit=10'), newestFirst);
    assert.deepEqual(
      await pages('limit=2&type=rare'),
      newestFirst.filter((n) => n % 5 === 0),
    );
    assert.deepEqual(
      await pages('tag.n=1'),
      newestFirst.filter((n) => n % 2 === 1),
    );
    assert.deepEqual(await pages('status=completed'), []);
  });

  test('takes an id of a workflow for the same however it is written', async () => {
    const steps = [{ key: 'a', type: 'capitals' }];
    const { id } = (await harness.call('POST', '/api/v1/workflows', { name: 'w', steps })).body as { id: string };
    for (const written of [id, id.toUpperCase()]) {
      const { body } = await harness.call('GET', `/api/v1/tasks?workflow=${written}`);
      assert.deepEqual(
        (body.items as { type: string }[]).map(({ type }) => type),
        ['capitals'],
      );
    }
    const first = await harness.call('GET', `/api/v1/tasks?workflow=${id}&limit=1`);
    const again = await harness.call('GET', `/api/v1/tasks?workflow=${id.toUpperCase()}&limit=1`);
    assert.deepEqual(again.body, first.body);
  });

  test('filters by every tag that a task can have, and drops none', async () => {
    await harness.call('POST', '/api/v1/tasks', { type: 'tagged', tags: { prototype: 'x' } });
    const found = async (query: string) => (await harness.call('GET', `/api/v1/tasks?type=tagged&${query}`)).body.items;
    assert.equal(((await found('tag.prototype=x')) as unknown[]).length, 1);
    for (const name of ['constructor', 'toString', 'hasOwnProperty'])
      assert.deepEqual(await found(`tag.${name}=x`), []);
    for (const [name, pointer] of [
      ['tag.__proto__', '?tag.__proto__'],
      ['__proto__', '?__proto__'],
      ['tag.', '?tag.'],
      [`tag.${'n'.repeat(101)}`, undefined],
    ] as const) {
      assertProblem(await harness.call('GET', `/api/v1/tasks?${name}=x`), 422, 'unknown_property', pointer);
    }
  });

  test('refuses what no column can hold in any filter', async () => {
    for (const name of ['status', 'type', 'queue', 'workflow', 'cursor', 'tag.a']) {
      assertProblem(await harness.call('GET', `/api/v1/tasks?${name}=a%00`), 422, 'invalid_string', `?${name}`);
    }
  });

  test('refuses a foreign cursor, an unknown filter and a limit out of range', async () => {
    const { body } = await harness.call('GET', '/api/v1/tasks?limit=1');
    assertProblem(
      await harness.call('GET', `/api/v1/tasks?limit=1&type=work&cursor=${body.nextCursor}`),
      400,
      'invalid_cursor',
    );
    assertProblem(await harness.call('GET', '/api/v1/tasks?cursor=garbage'), 400, 'invalid_cursor');
    assertProblem(await harness.call('GET', '/api/v1/tasks?sort=1;drop+table+tasks'), 422, 'unknown_property', '?sort');
    for (const limit of ['0', '-1', '1000000000', 'x']) {
      assertProblem(await harness.call('GET', `/api/v1/tasks?limit=${limit}`), 422, 'invalid_query', '?limit');
    }
  });
});

describe('Prefer: wait', () => {
  test('answers at once when the task has ended, and as soon as it ends', async () => {
    const id = await aTask();
    const waiting = harness.call('GET', `/api/v1/tasks/${id}`, undefined, { prefer: 'wait=30' });
    harness.execution.report(executionEvents.started({ taskId: id }), executionEvents.completed({ taskId: id }));
    const { body, headers } = await waiting;
    assert.equal(body.status, 'completed');
    assert.equal(headers.get('preference-applied'), 'wait=30');
  });

  test('holds for a creation, also for one that is repeated and one that is answered in short', async () => {
    const key = { 'idempotency-key': 'waits' };
    const waiting = post({ type: 'awaited' }, { prefer: 'return=minimal, wait=30', ...key });
    const { data } = await heard(({ data: { type } }) => type === 'awaited');
    const taskId = String(data.taskId);
    harness.execution.report(executionEvents.started({ taskId }), executionEvents.completed({ taskId }));
    const { status, body, headers } = await waiting;
    assert.deepEqual([status, body], [201, { id: taskId, status: 'completed' }]);
    assert.equal(headers.get('preference-applied'), 'return=minimal, wait=30');
    const again = await post({ type: 'awaited' }, { prefer: 'wait=30', ...key });
    assert.deepEqual([again.status, again.body.status], [200, 'completed']);
    assert.equal(again.headers.get('preference-applied'), 'wait=30');
  });

  test('is claimed by no answer that did not wait', async () => {
    const prefer = { prefer: 'wait=30' };
    const batch = await harness.call('POST', '/api/v1/tasks/batch', { tasks: [{ type: 'work' }] }, prefer);
    assert.deepEqual([batch.status, batch.headers.get('preference-applied')], [201, null]);
    const cancel = await harness.call('POST', `/api/v1/tasks/${await aTask()}/cancel`, undefined, prefer);
    assert.deepEqual([cancel.status, cancel.headers.get('preference-applied')], [202, null]);
    const list = await harness.call('GET', '/api/v1/tasks?limit=1', undefined, prefer);
    assert.deepEqual([list.status, list.headers.get('preference-applied')], [200, null]);
  });

  test('answers with what there is when the time is up', async () => {
    const { body } = await harness.call('GET', `/api/v1/tasks/${await aTask()}`, undefined, { prefer: 'wait=1' });
    assert.equal(body.status, 'queued');
  });

  test('of a task that does not exist does not wait', async () => {
    const answer = await harness.call('GET', '/api/v1/tasks/01900000-0000-7000-8000-000000000000', undefined, {
      prefer: 'wait=30',
    });
    assert.equal(answer.status, 404);
  });
});
