import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { queue } from '../definitions/queue.ts';
import { task } from '../definitions/task.ts';
import { signal } from '../definitions/signal.ts';
import { workflow } from '../definitions/workflow.ts';
import {
  CancelledError,
  ConflictError,
  InvalidInputError,
  NotFoundError,
  TaskFailedError,
  TaskFlowError,
  TimedOutError,
  UnauthorizedError,
  UnavailableError,
  WorkflowFailedError,
} from '../errors.ts';
import { type FakeAnswer, type FakePlatform, fakePlatform, type RecordedRequest } from '../testing/fake-platform.ts';
import { createTaskFlow } from './create-taskflow.ts';
import { createHttpApi } from '../api/http-api.ts';
import { startEmbeddedEngine } from './embedded-engine.ts';

const id = '01a1fc07-1729-710a-b3cf-20916ad65c27';
const greet = task({
  id: 'greet',
  queue: queue({ id: 'doors' }),
  retry: { maxAttempts: 2, nonRetryable: [RangeError] },
  input: z.object({ name: z.string().min(1), times: z.string().transform(Number).default(1) }),
  run: ({ name }) => name,
});
const go = signal({ id: 'go', payload: z.number() });
const hello = workflow({ id: 'hello', version: 4, input: z.object({ name: z.string() }) }, (w) => {
  const greeting = w.step('greet', greet, { input: ({ input }) => ({ name: input.name }) });
  return w.output({ greeting }, (seen) => seen.greeting);
});

/** Answers in order, the last one for good. */
function answering(platform: FakePlatform, ...answers: FakeAnswer[]): void {
  platform.answer(() => (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500 });
}
const code = (kind: abstract new (...args: never[]) => Error, expected: string) => (error: unknown) =>
  error instanceof kind && error instanceof TaskFlowError && error.code === expected;
const problem = (status: number, its: string, headers = {}): FakeAnswer => ({
  status,
  headers,
  body: { code: its, title: its, status, detail: `because of ${its}` },
});
const posted = ({ requests }: FakePlatform, path: string): RecordedRequest[] =>
  requests.filter((request) => request.path === path);

describe('starting', () => {
  it('sends a task as its definition says, with what the caller gave and not what the schema made of it', async () => {
    await using platform = await fakePlatform();
    answering(platform, { status: 201, body: { id } });
    const taskflow = createTaskFlow({ url: `${platform.url}/`, apiKey: 'secret' });
    const handle = await taskflow.start(greet, { name: 'Ada', times: '2' }, { priority: 'high', tags: { a: 'b' } });
    assert.equal(handle.id, id);
    assert.equal(handle.url, `${platform.url}/api/v1/tasks/${id}`);
    const [request] = platform.requests;
    assert.equal(`${request?.method} ${request?.path}`, 'POST /api/v1/tasks');
    assert.equal(request?.headers.authorization, 'Bearer secret');
    assert.deepEqual(request?.body, {
      type: 'greet',
      payload: { name: 'Ada', times: '2' },
      queue: 'doors',
      priority: 'high',
      retry: { maxAttempts: 2 },
      tags: { a: 'b' },
    });
  });

  it('refuses an invalid input before anything is sent', async () => {
    await using platform = await fakePlatform();
    const taskflow = createTaskFlow({ url: platform.url });
    await assert.rejects(taskflow.start(greet, { name: '' }), (error: unknown) => {
      assert.ok(error instanceof InvalidInputError);
      assert.deepEqual(
        error.issues.map(({ pointer }) => pointer),
        ['/name'],
      );
      return error.code === 'invalid_input';
    });
    await assert.rejects(taskflow.start(hello, { name: 5 } as never), code(InvalidInputError, 'invalid_input'));
    assert.equal(platform.requests.length, 0);
  });

  it('registers a definition once, before its first workflow', async () => {
    await using platform = await fakePlatform();
    answering(platform, { status: 201, body: { id } });
    const taskflow = createTaskFlow({ url: platform.url });
    await taskflow.start(hello, { name: 'Ada' });
    await taskflow.start(hello, { name: 'Grace' });
    assert.deepEqual(
      platform.requests.map(({ path }) => path),
      ['/api/v1/workflow-definitions', '/api/v1/workflows', '/api/v1/workflows'],
    );
    assert.deepEqual(platform.requests[0]?.body, JSON.parse(JSON.stringify(hello)));
    assert.deepEqual(platform.requests[1]?.body, { definition: 'hello', version: 4, input: { name: 'Ada' } });
  });

  it('says what to do when the graph changed under the same version', async () => {
    await using platform = await fakePlatform();
    answering(platform, problem(409, 'definition_conflict'));
    const taskflow = createTaskFlow({ url: platform.url, definitions: [hello] });
    await assert.rejects(taskflow.ready(), (error: unknown) => {
      return code(ConflictError, 'definition_changed')(error) && String(error).includes('new version');
    });
    assert.equal(platform.requests.length, 1);
  });

  it('registers the workflows that steps start before the one that starts them', async () => {
    await using platform = await fakePlatform();
    answering(platform, { status: 201, body: { id } });
    const outer = workflow({ id: 'outer', input: z.object({ name: z.string() }) }, (w) => {
      const twice = [1, 2].map((n) => w.child(`child-${n}`, hello, { input: ({ input }) => input }));
      return w.output(Object.fromEntries(twice.map((ref) => [ref.name, ref])), () => 1);
    });
    await createTaskFlow({ url: platform.url }).start(outer, { name: 'Ada' });
    const registered = posted(platform, '/api/v1/workflow-definitions').map(({ body }) => body as { name: string });
    assert.deepEqual(
      registered.map(({ name }) => name),
      ['hello', 'outer'],
    );
  });

  it('sends a start again with the same key while the server is unavailable', async () => {
    await using platform = await fakePlatform();
    const busy = problem(503, 'unavailable', { 'retry-after': '0' });
    answering(platform, busy, busy, { status: 201, body: { id } });
    await createTaskFlow({ url: platform.url }).start(greet, { name: 'Ada' });
    const keys = platform.requests.map(({ headers }) => headers['idempotency-key']);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
    assert.ok(keys[0]);
  });

  it('uses the caller’s key, and another one for every other start', async () => {
    await using platform = await fakePlatform();
    answering(platform, { status: 200, body: { id } });
    const taskflow = createTaskFlow({ url: platform.url });
    await taskflow.start(greet, { name: 'Ada' }, { idempotencyKey: 'mine' });
    await taskflow.start(greet, { name: 'Ada' });
    await taskflow.start(greet, { name: 'Ada' });
    const keys = platform.requests.map(({ headers }) => headers['idempotency-key']);
    assert.equal(keys[0], 'mine');
    assert.equal(new Set(keys).size, 3);
  });

  it('refuses a key that no header can carry, before anything is sent', async () => {
    await using platform = await fakePlatform();
    const taskflow = createTaskFlow({ url: platform.url });
    for (const idempotencyKey of ['№ 7', '', ' 7', 'a\nb', 'k'.repeat(256), 7 as never]) {
      const refused = code(InvalidInputError, 'invalid_idempotency_key');
      await assert.rejects(taskflow.start(greet, { name: 'Ada' }, { idempotencyKey }), refused, String(idempotencyKey));
      await assert.rejects((await taskflow.handle(hello, id)).signal(go, 1, { idempotencyKey }), refused);
    }
    assert.throws(
      () => createTaskFlow({ url: platform.url, apiKey: 'ключ' }),
      code(InvalidInputError, 'invalid_options'),
    );
    assert.equal(platform.requests.length, 0);
  });

  it('says that something else than a server answers', async () => {
    const page = createServer((_request, response) => void response.end('<html>a page</html>'));
    await once(page.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    const api = createHttpApi({ url, patienceMs: 0 });
    await assert.rejects(api.request({ method: 'GET', path: '/' }), (error: unknown) => {
      return code(UnavailableError, 'unreachable')(error) && /speaks no JSON/.test(String(error));
    });
    page.close();
  });

  it('keeps the quotes of a key', async () => {
    await using platform = await fakePlatform();
    answering(platform, { status: 201, body: { id } });
    const taskflow = createTaskFlow({ url: platform.url });
    for (const idempotencyKey of ['"7"', '7', '7"']) await taskflow.start(greet, { name: 'Ada' }, { idempotencyKey });
    assert.deepEqual(
      platform.requests.map(({ headers }) => headers['idempotency-key']),
      ['""7""', '7', '7"'],
    );
  });

  it('registers again, and starts, where the server has lost what it was told', async () => {
    await using platform = await fakePlatform();
    const known = new Set<string>();
    platform.answer(({ path, body }) => {
      if (path === '/api/v1/workflow-definitions') known.add((body as { name: string }).name);
      const isKnown = path !== '/api/v1/workflows' || (known.has('hello') && known.has('outer'));
      return isKnown ? { status: 201, body: { id } } : problem(404, 'not_found');
    });
    const outer = workflow({ id: 'outer', input: z.object({ name: z.string() }) }, (w) => {
      const child = w.child('child', hello, { input: ({ input }) => input });
      return w.output({ child }, () => 1);
    });
    const taskflow = createTaskFlow({ url: platform.url });
    await taskflow.start(outer, { name: 'Ada' });
    known.clear();
    await Promise.all([1, 2, 3].map(() => taskflow.start(outer, { name: 'Grace' })));
    known.clear();
    assert.equal((await taskflow.startMany(outer, [{ input: { name: 'Ada' } }])).length, 1);
    platform.answer(() => problem(404, 'not_found'));
    await assert.rejects(taskflow.start(outer, { name: 'Ada' }), code(NotFoundError, 'not_found'));
  });

  it('starts many tasks in batches that the server takes, in order', async () => {
    await using platform = await fakePlatform();
    platform.answer(({ body }) => {
      const { tasks } = body as { tasks: { payload: { name: string } }[] };
      return { status: 201, body: { tasks: tasks.map(({ payload }) => ({ id: payload.name })) } };
    });
    const items = Array.from({ length: 2_500 }, (_, index) => ({ input: { name: `n${index}` } }));
    const handles = await createTaskFlow({ url: platform.url }).startMany(greet, items);
    assert.deepEqual(
      handles.map((handle) => handle.id),
      items.map(({ input }) => input.name),
    );
    assert.deepEqual(
      posted(platform, '/api/v1/tasks/batch').map(({ body }) => (body as { tasks: unknown[] }).tasks.length),
      [1_000, 1_000, 500],
    );
  });

  it('refuses options that are not there yet, or not of this kind', async () => {
    await using platform = await fakePlatform();
    const taskflow = createTaskFlow({ url: platform.url });
    for (const option of ['id', 'onConflict', 'sla', 'delay', 'at', 'expires', 'notify']) {
      const options = { [option]: '1m' } as never;
      await assert.rejects(taskflow.start(greet, { name: 'a' }, options), code(TaskFlowError, 'not_available'), option);
    }
    await assert.rejects(
      taskflow.start(hello, { name: 'a' }, { tags: { a: 'b' } }),
      code(TaskFlowError, 'not_available'),
    );
    assert.equal(posted(platform, '/api/v1/tasks').length, 0);
    assert.equal(posted(platform, '/api/v1/workflows').length, 0);
  });
});

describe('a handle', () => {
  it('waits on the server, as often as it takes, for the result', async () => {
    await using platform = await fakePlatform();
    const taskflow = createTaskFlow({ url: platform.url });
    const running = { status: 200, body: { id, type: 'greet', status: 'running', attempts: 1 } };
    answering(platform, running, running, {
      status: 200,
      body: { ...running.body, status: 'completed', result: 'hi' },
    });
    assert.equal(await (await taskflow.handle(greet, id)).result(), 'hi');
    assert.deepEqual(
      platform.requests.map(({ headers }) => headers.prefer),
      ['wait=50', 'wait=50', 'wait=50'],
    );
  });

  it('rejects with what the failure was', async () => {
    await using platform = await fakePlatform();
    const taskflow = createTaskFlow({ url: platform.url });
    const error = { code: 'card_declined', message: 'no money' };
    answering(platform, { status: 200, body: { id, type: 'greet', status: 'failed', attempts: 3, error } });
    await assert.rejects((await taskflow.handle(greet, id)).result(), (thrown: unknown) => {
      assert.ok(thrown instanceof TaskFailedError);
      assert.deepEqual([thrown.code, thrown.attempts, thrown.taskId], ['card_declined', 3, id]);
      return true;
    });
    answering(platform, {
      status: 200,
      body: { id, name: 'hello', status: 'failed', error: { ...error, step: 'pay' } },
    });
    await assert.rejects((await taskflow.handle(hello, id)).result(), (thrown: unknown) => {
      assert.ok(thrown instanceof WorkflowFailedError);
      assert.deepEqual([thrown.code, thrown.step, thrown.workflowId], ['card_declined', 'pay', id]);
      return true;
    });
    answering(platform, { status: 200, body: { id, type: 'greet', status: 'cancelled', attempts: 0 } });
    await assert.rejects((await taskflow.handle(greet, id)).result(), CancelledError);
  });

  it('stops waiting at its timeout', async () => {
    await using platform = await fakePlatform();
    answering(platform, { status: 200, body: { id, type: 'greet', status: 'running', attempts: 1 } });
    const handle = await createTaskFlow({ url: platform.url }).handle(greet, id);
    await assert.rejects(handle.result({ timeout: '20ms' }), TimedOutError);
    await assert.rejects(handle.result({ signal: AbortSignal.abort(new RangeError('enough')) }), RangeError);
  });

  it('cancels, and refuses verbs that are not there yet', async () => {
    await using platform = await fakePlatform();
    const handle = await createTaskFlow({ url: platform.url }).handle(greet, id);
    await handle.cancel({ reason: 'not needed' });
    assert.deepEqual(platform.requests.at(-1)?.body, { reason: 'not needed' });
    assert.equal(platform.requests.at(-1)?.path, `/api/v1/tasks/${id}/cancel`);
    for (const verb of ['events', 'retry', 'explain'] as const) {
      assert.throws(() => handle[verb](undefined as never), code(TaskFlowError, 'not_available'));
    }
  });

  for (const [status, kind, its] of [
    [400, InvalidInputError, 'malformed_json'],
    [401, UnauthorizedError, 'unauthorized'],
    [403, UnauthorizedError, 'forbidden'],
    [404, NotFoundError, 'not_found'],
    [404, TaskFlowError, 'not_available'],
    [409, ConflictError, 'already_finished'],
    [413, InvalidInputError, 'payload_too_large'],
    [422, InvalidInputError, 'unknown_property'],
    [422, TaskFlowError, 'not_available'],
    [429, UnavailableError, 'queue_full'],
    [500, TaskFlowError, 'internal_error'],
    [503, UnavailableError, 'overloaded'],
  ] as const) {
    it(`turns ${status} ${its} into ${kind.name}`, async () => {
      await using platform = await fakePlatform();
      answering(platform, problem(status, its, { 'retry-after': '7' }));
      const handle = await createTaskFlow({ url: platform.url }).handle(greet, id);
      await assert.rejects(handle.cancel(), (error: unknown) => {
        if (error instanceof UnavailableError) assert.equal(error.retryAfter, 7_000);
        return code(kind, its)(error) && String(error).includes(`because of ${its}`);
      });
    });
  }
});

describe('the embedded engine', () => {
  it('says what to install when it is not there', async () => {
    await assert.rejects(startEmbeddedEngine({}, '@taskflow/not-installed'), (error: unknown) => {
      return code(TaskFlowError, 'platform_not_installed')(error) && String(error).includes('npm install');
    });
  });

  it('says so when what is installed does not fit', async () => {
    await assert.rejects(startEmbeddedEngine({}, 'node:path'), code(TaskFlowError, 'platform_unsuitable'));
  });

  it('is excluded by a url', () => {
    assert.throws(() => createTaskFlow({ url: 'http://x', dataDir: 'y' }), code(InvalidInputError, 'invalid_options'));
  });
});
