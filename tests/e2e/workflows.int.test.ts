import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { type WorkflowBody, registerWorker, usePlatform, eventuallyHolds } from './harness/index.ts';

const noop = 'taskflow.noop';

function step(workflow: WorkflowBody, key: string): WorkflowBody['steps'][number] {
  const found = workflow.steps.find((each) => each.key === key);
  assert.ok(found !== undefined, `no step ${key}`);
  return found;
}

/** Every step of a completed workflow began after all steps that it depends on had ended. */
function assertOrder(workflow: WorkflowBody): void {
  const byKey = new Map(workflow.steps.map((each) => [each.key, each]));
  for (const each of workflow.steps) {
    for (const key of each.dependsOn) {
      const earlier = byKey.get(key)?.finishedAt;
      assert.ok(earlier !== undefined && each.startedAt !== undefined);
      assert.ok(earlier <= each.startedAt, `${each.key} began before ${key} ended`);
    }
  }
}

describe('workflows from JSON', () => {
  const platform = usePlatform();

  it('runs a chain in order', async () => {
    const { api } = platform();
    const keys = Array.from({ length: 20 }, (_, n) => `s${n}`);
    const { id } = await api.startWorkflow({
      name: 'chain',
      steps: keys.map((key, n) => ({ key, type: noop, payload: n, dependsOn: n === 0 ? [] : [`s${n - 1}`] })),
    });
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'completed');
    assert.deepEqual(
      workflow.steps.map(({ key, status, attempts }) => [key, status, attempts]),
      keys.map((key) => [key, 'completed', 1]),
    );
    assertOrder(workflow);
  });

  it('runs a diamond, hands results on by $from and gives the output', async () => {
    const { api } = platform();
    const answer = await api.call<WorkflowBody>('POST', '/api/v1/workflows', {
      body: {
        name: 'diamond',
        input: { order: { id: 'o-1', lines: [{ sku: 'a' }, { sku: 'b' }] } },
        steps: [
          { key: 'top', type: noop, payload: { id: { $from: 'input.order.id' } } },
          {
            key: 'left',
            type: noop,
            dependsOn: ['top'],
            payload: { from: { $from: 'steps.top.result.id' }, side: 'left' },
          },
          {
            key: 'right',
            type: noop,
            dependsOn: ['top'],
            payload: [{ $from: 'input.order.lines' }, { $from: 'steps.top.result' }],
          },
          {
            key: 'bottom',
            type: noop,
            dependsOn: ['left', 'right'],
            payload: { left: { $from: 'steps.left.result' }, right: { $from: 'steps.right.result' } },
          },
        ],
        output: 'bottom',
      },
    });
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers.get('location'), `/api/v1/workflows/${answer.body.id}`);
    const workflow = await api.settledWorkflow(answer.body.id);
    assert.equal(workflow.status, 'completed');
    assert.deepEqual(workflow.output, {
      left: { from: 'o-1', side: 'left' },
      right: [[{ sku: 'a' }, { sku: 'b' }], { id: 'o-1' }],
    });
    assertOrder(workflow);

    const graph = await api.expect<{ nodes: { key: string }[]; edges: { from: string; to: string }[] }>(
      200,
      'GET',
      `/api/v1/workflows/${workflow.id}/graph`,
    );
    assert.deepEqual(graph.nodes.map(({ key }) => key).sort(), ['bottom', 'left', 'right', 'top']);
    assert.deepEqual(graph.edges.map(({ from, to }) => `${from}-${to}`).sort(), [
      'left-bottom',
      'right-bottom',
      'top-left',
      'top-right',
    ]);
  });

  it('joins 1,000 parallel steps once', async () => {
    const { api } = platform();
    const keys = Array.from({ length: 1000 }, (_, n) => `p${n}`);
    const { id } = await api.startWorkflow({
      name: 'wide',
      steps: [
        ...keys.map((key, n) => ({ key, type: noop, payload: n })),
        {
          key: 'join',
          type: noop,
          dependsOn: keys,
          payload: { first: { $from: 'steps.p0.result' }, last: { $from: 'steps.p999.result' } },
        },
      ],
      output: 'join',
    });
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'completed');
    assert.equal(workflow.steps.length, 1001);
    assert.ok(workflow.steps.every(({ status, attempts }) => status === 'completed' && attempts === 1));
    assert.deepEqual(workflow.output, { first: 0, last: 999 });
    assertOrder(workflow);
  });

  it('shows steps that wait for others as blocked', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'blocked',
      steps: [
        { key: 'a', type: 'e2e.never' },
        { key: 'b', type: noop, dependsOn: ['a'] },
      ],
    });
    const workflow = await api.workflow(id);
    assert.equal(workflow.status, 'running');
    assert.equal(step(workflow, 'a').status, 'queued');
    assert.equal(step(workflow, 'b').status, 'blocked');
  });

  it('stops at a failure: what runs goes on to its end, nothing new starts', async () => {
    const { api } = platform();
    const held = `e2e.held.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [held] });
    const { id } = await api.startWorkflow({
      name: 'stops',
      onFailure: 'stop',
      steps: [
        { key: 'bad', type: 'taskflow.fail', payload: { message: 'no stock' }, retry: { maxAttempts: 1 } },
        { key: 'slow', type: held },
        { key: 'after-bad', type: noop, dependsOn: ['bad'] },
        { key: 'after-slow', type: noop, dependsOn: ['slow'] },
      ],
    });
    const delivery = await worker.next();
    const failed = await api.settledWorkflow(id);
    assert.equal(failed.status, 'failed');
    assert.equal(failed.error?.step, 'bad');
    assert.match(failed.error?.message ?? '', /no stock/);

    assert.equal(await worker.complete(delivery, 'finished all the same'), 'accepted');
    const workflow = await eventuallyHolds(async () => {
      const seen = await api.workflow(id);
      assert.equal(step(seen, 'slow').status, 'completed');
      return seen;
    });
    assert.equal(workflow.status, 'failed');
    assert.equal(step(workflow, 'after-bad').status, 'skipped');
    assert.equal(step(workflow, 'after-slow').status, 'skipped');
  });

  it('goes on when a step succeeds at a later attempt', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'retries',
      steps: [
        {
          key: 'flaky',
          type: 'taskflow.fail',
          payload: { message: 'x', times: 2 },
          retry: { maxAttempts: 5, initial: 1, max: 2, jitter: 'none' },
        },
        { key: 'end', type: noop, dependsOn: ['flaky'] },
      ],
    });
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'completed');
    assert.equal(step(workflow, 'flaky').attempts, 3);
  });

  it('is cancelled with everything that runs or waits in it', async () => {
    const { api } = platform();
    const held = `e2e.held.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [held], concurrency: 1 });
    const { id } = await api.startWorkflow({
      name: 'cancelled',
      steps: [
        { key: 'runs', type: held },
        { key: 'waits', type: 'e2e.never' },
        { key: 'done', type: noop },
        { key: 'blocked', type: noop, dependsOn: ['runs', 'waits'] },
      ],
    });
    const delivery = await worker.next();
    await eventuallyHolds(async () => assert.equal(step(await api.workflow(id), 'done').status, 'completed'));
    const answer = await api.call('POST', `/api/v1/workflows/${id}/cancel`, { body: { reason: 'changed my mind' } });
    assert.equal(answer.status, 202, answer.text);
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'cancelled');
    assert.deepEqual(workflow.steps.map(({ key, status }) => `${key} ${status}`).sort(), [
      'blocked skipped',
      'done completed',
      'runs cancelled',
      'waits cancelled',
    ]);
    assert.equal(await worker.complete(delivery), 'superseded');
    assert.equal((await api.call('POST', `/api/v1/workflows/${id}/cancel`, { body: {} })).status, 409);
  });

  it('refuses to cancel or retry a step from outside in a way that would break its workflow', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'step-retry',
      steps: [{ key: 'bad', type: 'taskflow.fail', payload: { message: 'x' }, retry: { maxAttempts: 1 } }],
    });
    const workflow = await api.settledWorkflow(id);
    const taskId = step(workflow, 'bad').taskId;
    assert.equal((await api.call('POST', `/api/v1/tasks/${taskId}/retry`)).status, 409);
    assert.equal((await api.workflow(id)).status, 'failed');
  });

  it('reads only own properties through $from', async () => {
    const { api } = platform();
    for (const path of [
      'input.__proto__',
      'input.constructor',
      'input.a.constructor.prototype',
      'steps.a.result.toString',
    ]) {
      const answer = await api.call<WorkflowBody>('POST', '/api/v1/workflows', {
        body: {
          name: 'prototype',
          input: { a: {} },
          steps: [
            { key: 'a', type: noop, payload: {} },
            { key: 'b', type: noop, dependsOn: ['a'], payload: { seen: { $from: path } }, retry: { maxAttempts: 1 } },
          ],
        },
      });
      if (answer.status !== 201) {
        assert.ok([400, 422].includes(answer.status), answer.text);
        continue;
      }
      const workflow = await api.settledWorkflow(answer.body.id);
      const { status, result } = step(workflow, 'b');
      if (status === 'completed') assert.deepEqual((result as { seen: unknown }).seen, null, path);
      else assert.equal(workflow.status, 'failed');
    }
  });

  it('lists workflows by name and status', async () => {
    const { api } = platform();
    const name = `listed-${randomUUID()}`;
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push((await api.startWorkflow({ name, steps: [{ key: 'a', type: noop }] })).id);
    for (const id of ids) await api.settledWorkflow(id);
    const list = async (query: string) =>
      (await api.expect<{ items: { id: string }[] }>(200, 'GET', `/api/v1/workflows?name=${name}&${query}`)).items.map(
        ({ id }) => id,
      );
    assert.deepEqual(await list('status=completed'), [...ids].reverse());
    assert.deepEqual(await list('status=failed'), []);
  });

  it('runs its steps at the priority and in the queue that they name', async () => {
    const { api } = platform();
    const name = `step-options-${randomUUID()}`;
    const { id } = await api.startWorkflow({ name, steps: [{ key: 'a', type: noop, queue: name, priority: 'high' }] });
    const workflow = await api.settledWorkflow(id);
    const task = await api.task(step(workflow, 'a').taskId ?? '');
    assert.deepEqual([task.queue, task.priority, task.workflowId, task.stepKey], [name, 700, id, 'a']);
  });
});
