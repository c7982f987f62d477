import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { executionEvents } from '../../testing/execution-double.ts';
import { type Answer, type Harness, startHarness } from '../../testing/service-harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness[Symbol.asyncDispose]());

const start = (body: unknown, headers?: Record<string, string>) =>
  harness.call('POST', '/api/v1/workflows', body, headers);
const step = (key: string, dependsOn: string[] = [], more: object = {}) => ({ key, type: 'work', dependsOn, ...more });
const waitFor = (id: string) => harness.call('GET', `/api/v1/workflows/${id}`, undefined, { prefer: 'wait=20' });
const rows = async () =>
  (
    await harness.sql<{ n: number }>(
      'select (select count(*) from tasks)::int + (select count(*) from workflows)::int as n',
    )
  )[0]?.n;

type Steps = { key: string; status: string; taskId?: string; result?: unknown; error?: { code: string } }[];
const stepsOf = ({ body }: Answer) => body.steps as Steps;
const statusesOf = (answer: Answer) => Object.fromEntries(stepsOf(answer).map(({ key, status }) => [key, status]));

function respondWith(result: (key: string, payload: unknown) => unknown): void {
  harness.execution.respond((created) => {
    const { step: key } = created.data.workflow as { step: string };
    const value = result(key, JSON.parse(created.raw?.payload ?? 'null'));
    const taskId = String(created.data.taskId);
    return value instanceof Error
      ? [executionEvents.failed({ taskId })]
      : [executionEvents.completed({ taskId }, value)];
  });
}

describe('POST /api/v1/workflows', () => {
  test('answers with every step, and the workflow runs to its end', async () => {
    respondWith((key, payload) => ({ key, payload }));
    const started = await start({
      name: 'order',
      input: { amount: 7 },
      priority: 'high',
      steps: [
        step('charge', [], { payload: { amount: { $from: 'input.amount' } } }),
        step('ship', ['charge'], {
          payload: { was: { $from: 'steps.charge.result.payload.amount' } },
          queue: 'shipping',
        }),
      ],
    });
    assert.equal(started.status, 201, JSON.stringify(started.body));
    assert.equal(started.headers.get('location'), `/api/v1/workflows/${started.body.id}`);
    assert.deepEqual(statusesOf(started), { charge: 'queued', ship: 'blocked' });
    const done = await waitFor(started.body.id);
    assert.equal(done.body.status, 'completed', JSON.stringify(done.body));
    assert.deepEqual(done.body.output, { ship: { key: 'ship', payload: { was: 7 } } });
    const task = await harness.call('GET', `/api/v1/tasks/${stepsOf(done)[1]?.taskId}`);
    assert.deepEqual(
      [task.body.queue, task.body.priority, task.body.stepKey, task.body.workflowId],
      ['shipping', 700, 'ship', done.body.id],
    );
  });

  test('gives the result of the named step as output', async () => {
    respondWith((key) => ({ of: key }));
    const { body } = await start({ name: 'w', steps: [step('a'), step('b')], output: 'a' });
    assert.deepEqual((await waitFor(body.id)).body.output, { of: 'a' });
  });

  test('shows what never started as skipped after a failure', async () => {
    respondWith((key) => (key === 'b' ? new Error() : 1));
    const { body } = await start({ name: 'w', steps: [step('a'), step('b', ['a']), step('c', ['b'])] });
    const failed = await waitFor(body.id);
    assert.equal(failed.body.status, 'failed');
    assert.deepEqual(failed.body.error, { step: 'b', code: 'broken', message: 'it broke' });
    assert.deepEqual(statusesOf(failed), { a: 'completed', b: 'failed', c: 'skipped' });
  });

  test('shows a step that could not start as failed, with the reason', async () => {
    respondWith(() => ({}));
    const { body } = await start({
      name: 'w',
      steps: [step('a'), step('b', ['a'], { payload: { $from: 'steps.a.result.x' } })],
    });
    const failed = await waitFor(body.id);
    assert.deepEqual(statusesOf(failed), { a: 'completed', b: 'failed' });
    assert.equal(stepsOf(failed)[1]?.error?.code, 'reference_not_found');
  });

  test('replays under an Idempotency-Key', async () => {
    respondWith(() => 1);
    const body = { name: 'w', steps: [step('a')] };
    const first = await start(body, { 'idempotency-key': 'wf' });
    const again = await start(body, { 'idempotency-key': 'wf' });
    assert.deepEqual([first.status, again.status, again.body.id], [201, 200, first.body.id]);
    assert.equal((await start({ name: 'x', steps: [step('a')] }, { 'idempotency-key': 'wf' })).status, 422);
  });

  const refused: [string, unknown, number, string, string?][] = [
    ['a cycle', { name: 'w', steps: [step('a', ['b']), step('b', ['a'])] }, 422, 'cycle', '#/steps/0/dependsOn'],
    [
      'an unknown dependency',
      { name: 'w', steps: [step('a', ['zz'])] },
      422,
      'unknown_dependency',
      '#/steps/0/dependsOn/0',
    ],
    ['a dependency on itself', { name: 'w', steps: [step('a', ['a'])] }, 422, 'self_dependency'],
    ['a key twice', { name: 'w', steps: [step('a'), step('a')] }, 422, 'duplicate_key', '#/steps/1/key'],
    ['no steps', { name: 'w', steps: [] }, 422, 'invalid_body', '#/steps'],
    [
      '10,001 steps',
      { name: 'w', steps: Array.from({ length: 10_001 }, (_, i) => step(`s${i}`)) },
      422,
      'too_many_steps',
    ],
    ['an unknown output', { name: 'w', steps: [step('a')], output: 'b' }, 422, 'unknown_output', '#/output'],
    [
      'an unknown property of a step',
      { name: 'w', steps: [step('a', [], { bad: 1 })] },
      422,
      'unknown_property',
      '#/steps/0/bad',
    ],
    ['an unknown property beside a definition', { definition: 'w', bad: 1 }, 422, 'unknown_property', '#/bad'],
    ['an unknown definition', { definition: 'nobody.knows' }, 404, 'not_found'],
    [
      'a reference that the input lacks',
      { name: 'w', input: {}, steps: [step('a', [], { payload: { $from: 'input.x' } })] },
      422,
      'reference_not_found',
      '#/input',
    ],
    [
      'a reference into a prototype',
      { name: 'w', input: {}, steps: [step('a', [], { payload: { $from: 'input.constructor.name' } })] },
      422,
      'reference_not_found',
    ],
    [
      'a reference to what is not waited for',
      { name: 'w', steps: [step('a'), step('b', [], { payload: { $from: 'steps.a.result' } })] },
      422,
      'reference_without_dependency',
      '#/steps/1/payload',
    ],
    [
      'a type that the platform gives to steps itself',
      { name: 'w', steps: [step('a', [], { type: 'taskflow.step/each' })] },
      422,
      'reserved_type',
      '#/steps/0/type',
    ],
    [
      'a compensation of such a type',
      { name: 'w', steps: [step('a', [], { compensation: { type: 'taskflow.step/sleep' } })] },
      422,
      'reserved_type',
      '#/steps/0/compensation/type',
    ],
    [
      'an input beyond 256 kB',
      { name: 'w', input: 'x'.repeat(300_000), steps: [step('a')] },
      413,
      'payload_too_large',
      '#/input',
    ],
    [
      'a payload beyond 256 kB',
      { name: 'w', steps: [step('a', [], { payload: 'x'.repeat(300_000) })] },
      413,
      'payload_too_large',
      '#/steps/0/payload',
    ],
  ];
  for (const [name, body, status, code, pointer] of refused) {
    test(`refuses ${name} and writes nothing`, async () => {
      const before = await rows();
      const answer = await start(body);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.equal(answer.body.code, code);
      if (pointer !== undefined) {
        const errors = answer.body.errors as { pointer: string }[];
        assert.ok(
          errors.some((error) => error.pointer === pointer),
          JSON.stringify(errors),
        );
      }
      assert.equal(await rows(), before);
    });
  }

  test('names the steps of a cycle', async () => {
    const { body } = await start({
      name: 'w',
      steps: [step('ok'), step('a', ['c']), step('b', ['a']), step('c', ['b', 'ok'])],
    });
    assert.deepEqual([...(body.steps as string[])].sort(), ['a', 'b', 'c']);
    for (const key of ['a', 'b', 'c']) assert.ok(String(body.detail).includes(key));
  });
});

describe('workflow definitions', () => {
  const graph = { steps: [step('a', [], { payload: { $from: 'input' } })] };
  const register = (name: string, version: number, of: unknown = graph) =>
    harness.call('POST', '/api/v1/workflow-definitions', { name, version, graph: of });

  test('are registered once, and conflict when a version gets another graph', async () => {
    const first = await register('def', 1);
    const again = await register('def', 1);
    assert.deepEqual([first.status, again.status, again.body.hash], [201, 200, first.body.hash]);
    const other = await register('def', 1, { steps: [step('b')] });
    assert.deepEqual([other.status, other.body.code], [409, 'definition_conflict']);
    assert.match(String(other.body.detail), /version 2/);
  });

  test('are found for a restart by instants that the database can say', async () => {
    const restart = (filter: object) =>
      harness.call('POST', '/api/v1/workflows/restart', { filter: { status: 'failed', ...filter }, dryRun: true });
    for (const at of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01']) {
      for (const filter of [{ createdAfter: at }, { createdBefore: at }]) {
        const { status, body } = await restart(filter);
        assert.deepEqual([status, body.code], [422, 'invalid_body'], at);
      }
    }
    const all = { createdAfter: '0001-01-01T00:00:00Z', createdBefore: '9999-12-31T23:59:59.999Z' };
    assert.equal((await restart(all)).status, 200);
  });

  test('have no version that their column cannot hold, wherever one is named', async () => {
    const version = 2_147_483_648;
    const child = { key: 'b', child: { definition: 'x', version } };
    const refused = await Promise.all([
      register('large', version),
      start({ definition: 'large', version }),
      start({ name: 'w', steps: [step('a'), child] }),
      register('parent', 1, { steps: [child] }),
      harness.call('POST', '/api/v1/workflows/restart', { filter: { status: 'failed', version }, dryRun: true }),
    ]);
    assert.deepEqual(
      refused.map(({ status, body }) => [status, body.code]),
      refused.map(() => [422, 'invalid_body']),
    );
    const largest = await start({ definition: 'large', version: version - 1 });
    assert.deepEqual([largest.status, largest.body.code], [404, 'not_found']);
  });

  test('registered by many at once agree on one', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => register('crowd', 1)));
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    assert.equal(answers.filter(({ status }) => status === 200).length, 19);
  });

  test('are started by name, the latest version unless told', async () => {
    respondWith((key, payload) => ({ key, payload }));
    await register('versions', 1);
    await register('versions', 2, { steps: [step('b')] });
    const latest = await start({ definition: 'versions', input: 1 });
    const first = await start({ definition: 'versions', version: 1, input: 1 });
    assert.deepEqual([latest.body.version, first.body.version], [2, 1]);
    assert.deepEqual((await waitFor(first.body.id)).body.output, { a: { key: 'a', payload: 1 } });
    assert.equal((await start({ definition: 'versions', version: 9 })).status, 404);
  });

  test('are listed, and shown with their graphs', async () => {
    await register('shown', 3);
    const { body } = await harness.call('GET', '/api/v1/workflow-definitions/shown');
    const versions = body.versions as { version: number; graph: { steps: { key: string }[] } }[];
    assert.deepEqual(
      versions.map(({ version, graph: { steps } }) => [version, steps[0]?.key]),
      [[3, 'a']],
    );
    const list = await harness.call('GET', '/api/v1/workflow-definitions');
    assert.ok((list.body.items as { name: string }[]).some(({ name }) => name === 'shown'));
    assert.equal((await harness.call('GET', '/api/v1/workflow-definitions/missing')).status, 404);
  });

  test('with an invalid graph are refused, pointing into it', async () => {
    const { status, body } = await register('bad', 1, { steps: [step('a', ['a'])] });
    assert.deepEqual([status, body.code], [422, 'self_dependency']);
    assert.equal((body.errors as { pointer: string }[])[0]?.pointer, '#/graph/steps/0/dependsOn/0');
  });
});

describe('a running workflow', () => {
  test('is cancelled once its live steps have ended', async () => {
    harness.execution.respond(undefined);
    const { body } = await start({ name: 'w', steps: [step('a'), step('b', ['a'])] });
    const asked = await harness.call('POST', `/api/v1/workflows/${body.id}/cancel`, { reason: 'enough' });
    assert.deepEqual([asked.status, asked.body.status, asked.body.cancelRequested], [202, 'running', true]);
    harness.execution.report(executionEvents.cancelled({ taskId: String(stepsOf(asked)[0]?.taskId) }));
    const ended = await waitFor(body.id);
    assert.equal(ended.body.status, 'cancelled');
    assert.deepEqual(statusesOf(ended), { a: 'cancelled', b: 'skipped' });
    const late = await harness.call('POST', `/api/v1/workflows/${body.id}/cancel`);
    assert.deepEqual([late.status, late.body.code], [409, 'already_finished']);
    assert.deepEqual([late.body.status, late.body.currentStatus], [409, 'cancelled']);
  });

  test('shows its graph, and is listed', async () => {
    harness.execution.respond(undefined);
    const { body } = await start({ name: 'listed', steps: [step('a'), step('b', ['a'])] });
    const graph = await harness.call('GET', `/api/v1/workflows/${body.id}/graph`);
    assert.deepEqual(graph.body.edges, [{ from: 'a', to: 'b' }]);
    const list = await harness.call('GET', '/api/v1/workflows?name=listed&status=running');
    assert.deepEqual(
      (list.body.items as { id: string }[]).map(({ id }) => id),
      [body.id],
    );
    const tasks = await harness.call('GET', `/api/v1/tasks?workflow=${body.id}`);
    assert.deepEqual(
      (tasks.body.items as { stepKey: string }[]).map(({ stepKey }) => stepKey),
      ['a'],
    );
  });

  test('goes on after a restart, from where its rows say it was', async () => {
    harness.execution.respond(undefined);
    const { body } = await start({ name: 'w', steps: [step('a'), step('b', ['a']), step('c', ['b'])] });
    const taskOf = async (key: string) => {
      const view = await harness.call('GET', `/api/v1/workflows/${body.id}`);
      return String(stepsOf(view).find((one) => one.key === key)?.taskId);
    };
    harness.execution.report(executionEvents.completed({ taskId: await taskOf('a') }));
    await harness.restart();
    respondWith(() => 'after');
    harness.execution.report(executionEvents.completed({ taskId: await taskOf('b') }, 'b'));
    assert.deepEqual((await waitFor(body.id)).body.output, { c: 'after' });
  });
});
