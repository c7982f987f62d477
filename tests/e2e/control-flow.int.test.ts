import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { eventuallyHolds, usePlatform, type WorkflowBody } from './harness/index.ts';

const noop = 'taskflow.noop';
const failing = { type: 'taskflow.fail', payload: { message: 'no' }, retry: { maxAttempts: 1 } };

type Step = WorkflowBody['steps'][number];

function step(workflow: WorkflowBody, key: string): Step {
  const found = workflow.steps.find((each) => each.key === key);
  assert.ok(found !== undefined, `no step ${key}`);
  return found;
}

const statuses = (workflow: WorkflowBody) => Object.fromEntries(workflow.steps.map(({ key, status }) => [key, status]));

describe('control flow from JSON', () => {
  const platform = usePlatform();
  const run = async (body: object) => {
    const { api } = platform();
    return api.settledWorkflow((await api.startWorkflow({ name: 'flow', ...body })).id);
  };

  it('skips a step whose condition does not hold, and what reads it without a default', async () => {
    const workflow = await run({
      input: { amount: 50 },
      steps: [
        { key: 'score', type: noop, payload: { score: 0.3 } },
        {
          key: 'review',
          type: noop,
          dependsOn: ['score'],
          when: { value: { $from: 'steps.score.result.score' }, greaterThan: 0.8 },
        },
        { key: 'reads', type: noop, dependsOn: ['review'], payload: { $from: 'steps.review.result' } },
        {
          key: 'defaults',
          type: noop,
          dependsOn: ['review'],
          payload: { review: { $from: 'steps.review.result', default: 'none' } },
        },
        { key: 'after', type: noop, dependsOn: ['review'], payload: 1 },
        {
          key: 'small',
          type: noop,
          when: { all: [{ value: { $from: 'input.amount' }, lessThan: 100 }, { not: { $from: 'input.vip' } }] },
        },
      ],
      output: 'defaults',
    });
    assert.equal(workflow.status, 'completed');
    assert.deepEqual(statuses(workflow), {
      score: 'completed',
      review: 'skipped',
      reads: 'skipped',
      defaults: 'completed',
      after: 'completed',
      small: 'completed',
    });
    assert.deepEqual(workflow.output, { review: 'none' });
  });

  it('goes on after a failure that is tolerated', async () => {
    const workflow = await run({
      steps: [
        { key: 'optional', ...failing, onError: 'continue' },
        {
          key: 'end',
          type: noop,
          dependsOn: ['optional'],
          payload: { $from: 'steps.optional.result', default: 'went without' },
        },
      ],
    });
    assert.equal(workflow.status, 'completed');
    assert.deepEqual(statuses(workflow), { optional: 'failed', end: 'completed' });
    assert.deepEqual(workflow.output, { end: 'went without' });
  });

  it('fans out over items with results in order, few at a time', async () => {
    const workflow = await run({
      input: { names: ['ada', 'grace', 'edsger'] },
      steps: [
        {
          key: 'greet',
          type: noop,
          each: { over: { $from: 'input.names' }, concurrency: 1 },
          payload: { to: { $from: 'item' } },
        },
        { key: 'none', type: noop, each: { over: [] } },
        { key: 'join', type: noop, dependsOn: ['greet', 'none'], payload: { $from: 'steps.greet.result' } },
      ],
      output: 'join',
    });
    assert.equal(workflow.status, 'completed');
    assert.deepEqual(workflow.output, [{ to: 'ada' }, { to: 'grace' }, { to: 'edsger' }]);
    assert.deepEqual(step(workflow, 'greet').items, { total: 3, completed: 3, failed: 0, running: 0 });
    assert.deepEqual(step(workflow, 'none').result, []);
  });

  it('tolerates as many failed items as it is told, and fails with one more', async () => {
    const items = [
      { type: 1, times: 0 },
      { type: 2, times: 9 },
    ];
    const fanOut = (tolerate: number) => ({
      key: 'each',
      type: 'taskflow.fail',
      retry: { maxAttempts: 1 },
      each: { over: items, tolerate },
      payload: { message: 'no', times: { $from: 'item.times' } },
    });
    const tolerant = await run({ steps: [fanOut(1)] });
    assert.equal(tolerant.status, 'completed', JSON.stringify(tolerant));
    assert.equal((step(tolerant, 'each').result as unknown[])[1], null);
    const strict = await run({ steps: [fanOut(0)] });
    assert.equal(strict.status, 'failed');
    assert.equal(strict.error?.step, 'each');
  });

  it('fans out over ten thousand items', async () => {
    const over = Array.from({ length: 10_000 }, (_, n) => n);
    const workflow = await run({
      steps: [{ key: 'all', type: noop, each: { over, concurrency: 500 }, payload: { $from: 'item' } }],
      output: 'all',
    });
    assert.equal(workflow.status, 'completed');
    assert.deepEqual(workflow.output, over);
  });

  it('runs a chain of a thousand steps', async () => {
    const workflow = await run({
      steps: Array.from({ length: 1_000 }, (_, n) => ({
        key: `s${n}`,
        type: noop,
        payload: n === 0 ? 0 : { $from: `steps.s${n - 1}.result` },
        dependsOn: n === 0 ? [] : [`s${n - 1}`],
      })),
      output: 's999',
    });
    assert.equal(workflow.status, 'completed');
    assert.equal(workflow.output, 0);
  });

  it('runs child workflows, cancels them with the parent or leaves them alone', async () => {
    const { api } = platform();
    const name = `e2e.child-${randomUUID().slice(0, 8)}`;
    const graph = {
      steps: [{ key: 'echo', type: noop, payload: { spoken: { $from: 'input.word' } } }],
      output: 'echo',
    };
    await api.expect(201, 'POST', '/api/v1/workflow-definitions', { body: { name, version: 1, graph } });
    const parent = await run({
      input: { word: 'hi' },
      steps: [{ key: 'call', child: { definition: name }, payload: { $from: 'input' } }],
      output: 'call',
    });
    assert.equal(parent.status, 'completed');
    assert.deepEqual(parent.output, { spoken: 'hi' });
    const child = await api.workflow(step(parent, 'call').childId ?? '');
    assert.deepEqual([child.status, child.parentId], ['completed', parent.id]);

    const slow = `${name}.slow`;
    const sleeping = { steps: [{ key: 'nap', sleep: { for: '1h' } }] };
    await api.expect(201, 'POST', '/api/v1/workflow-definitions', {
      body: { name: slow, version: 1, graph: sleeping },
    });
    const { id } = await api.startWorkflow({
      name: 'family',
      steps: [
        { key: 'close', child: { definition: slow } },
        { key: 'free', child: { definition: slow, onParentClose: 'abandon' } },
      ],
    });
    const waiting = await api.workflowWith(id, 'waiting');
    await api.expect(202, 'POST', `/api/v1/workflows/${id}/cancel`);
    assert.equal((await api.settledWorkflow(id)).status, 'cancelled');
    assert.equal((await api.settledWorkflow(step(waiting, 'close').childId ?? '')).status, 'cancelled');
    assert.equal((await api.workflow(step(waiting, 'free').childId ?? '')).status, 'waiting');
  });

  it('fails the parent when a child fails, saying which', async () => {
    const { api } = platform();
    const name = `e2e.failing-${randomUUID().slice(0, 8)}`;
    const graph = { steps: [{ key: 'bad', ...failing }] };
    await api.expect(201, 'POST', '/api/v1/workflow-definitions', { body: { name, version: 1, graph } });
    const parent = await run({ steps: [{ key: 'call', child: { definition: name } }] });
    assert.equal(parent.status, 'failed');
    assert.equal(parent.error?.code, 'child_failed');
    assert.equal((parent.error?.details as { childId: string }).childId, step(parent, 'call').childId);

    const unknown = await run({ steps: [{ key: 'call', child: { definition: 'nobody.registered-this' } }] });
    assert.equal(unknown.status, 'failed');
    assert.equal(unknown.error?.step, 'call');
    assert.equal(step(unknown, 'call').childId, undefined, 'no child was started');
    const skipped = await run({ steps: [{ key: 'call', when: { $from: 'input.no' }, child: { definition: name } }] });
    assert.deepEqual([skipped.status, step(skipped, 'call').childId], ['completed', undefined]);
  });

  it('sleeps without a worker, and shows until when', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'nap',
      steps: [
        { key: 'short', sleep: { for: 50 } },
        { key: 'past', sleep: { until: '2020-01-01T00:00:00Z' } },
        { key: 'long', sleep: { for: '2h' }, dependsOn: ['short', 'past'] },
      ],
    });
    const workflow = await eventuallyHolds(async () => {
      const found = await api.workflow(id);
      assert.equal(step(found, 'long').status, 'scheduled');
      return found;
    });
    assert.deepEqual([step(workflow, 'short').status, step(workflow, 'past').status], ['completed', 'completed']);
    assert.equal(workflow.status, 'waiting');
    assert.equal(step(workflow, 'long').waitsFor?.kind, 'sleep');
    const refused = await api.call('POST', `/api/v1/tasks/${step(workflow, 'long').taskId}/cancel`);
    assert.deepEqual([refused.status, refused.body.code], [409, 'not_available']);
    await api.expect(202, 'POST', `/api/v1/workflows/${id}/cancel`);
    assert.equal((await api.settledWorkflow(id)).status, 'cancelled');
  });

  it('waits for a signal, also for one that came before', async () => {
    const { api } = platform();
    const start = () =>
      api.startWorkflow({
        name: 'approval',
        steps: [
          { key: 'first', type: 'taskflow.sleep', payload: { ms: 300 } },
          { key: 'approved', waitForSignal: { signal: 'order.approved', timeout: '1h' }, dependsOn: ['first'] },
        ],
        output: 'approved',
      });
    const send = (id: string, name: string, by: string, key = randomUUID()) =>
      api.call('POST', `/api/v1/workflows/${id}/signals/${name}`, {
        body: { by },
        headers: { 'idempotency-key': key },
      });

    const early = await start();
    const key = randomUUID();
    assert.equal((await send(early.id, 'order.approved', 'ana', key)).status, 202);
    assert.equal((await send(early.id, 'order.approved', 'ana', key)).status, 202);
    assert.equal((await send(early.id, 'order.approved', 'bob', key)).body.code, 'idempotency_key_mismatch');
    const unknown = await send(early.id, 'order.refused', 'ana');
    assert.deepEqual([unknown.status, unknown.body.code], [409, 'signal_not_expected']);
    const workflow = await api.settledWorkflow(early.id);
    assert.deepEqual(workflow.output, { by: 'ana' });
    assert.equal((await send(early.id, 'order.approved', 'eve')).body.code, 'already_finished');

    const late = await start();
    await api.workflowWith(late.id, 'waiting');
    assert.equal((await send(late.id, 'order.approved', 'zoe')).status, 202);
    assert.deepEqual((await api.settledWorkflow(late.id)).output, { by: 'zoe' });
  });

  it('fails when a signal does not come in time', async () => {
    const workflow = await run({ steps: [{ key: 'approved', waitForSignal: { signal: 'x', timeout: 50 } }] });
    assert.equal(workflow.status, 'failed');
    assert.equal(workflow.error?.code, 'wait_timed_out');
  });

  it('waits for an event with its key', async () => {
    const { api } = platform();
    const order = randomUUID();
    const start = (key: string) =>
      api.startWorkflow({
        name: 'parcel',
        input: { key },
        steps: [
          {
            key: 'scan',
            waitForEvent: { event: 'parcel.scanned', key: { $from: 'input.key' }, timeout: '1h' },
          },
        ],
        output: 'scan',
      });
    const emit = (key: string) =>
      api.expect<{ matched: number }>(202, 'POST', '/api/v1/workflow-events/parcel.scanned', {
        body: { key, payload: { depot: 'BER' } },
      });
    assert.deepEqual(await emit(order), { matched: 0 });
    const [one, two, other] = [await start(order), await start(order), await start(`${order}-2`)];
    for (const { id } of [one, two, other]) await api.workflowWith(id, 'waiting');
    assert.deepEqual(await emit(order), { matched: 2 });
    assert.deepEqual((await api.settledWorkflow(one.id)).output, { depot: 'BER' });
    assert.deepEqual((await api.settledWorkflow(two.id)).output, { depot: 'BER' });
    assert.equal((await api.workflow(other.id)).status, 'waiting');
    assert.deepEqual(step(await api.workflow(other.id), 'scan').waitsFor?.key, `${order}-2`);
  });
});

describe('operating a workflow', () => {
  const platform = usePlatform();

  it('pauses and resumes', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'pause',
      steps: [
        { key: 'a', type: 'taskflow.sleep', payload: { ms: 200 } },
        { key: 'b', type: noop, dependsOn: ['a'] },
      ],
    });
    const paused = await api.expect<WorkflowBody>(202, 'POST', `/api/v1/workflows/${id}/pause`, {
      body: { reason: 'look first' },
    });
    assert.deepEqual([paused.status, paused.reason], ['paused', 'look first']);
    assert.equal((await api.call('POST', `/api/v1/workflows/${id}/pause`)).body.code, 'not_running');
    await eventuallyHolds(async () => assert.equal(step(await api.workflow(id), 'a').status, 'completed'));
    assert.equal(step(await api.workflow(id), 'b').status, 'blocked');
    await api.expect(202, 'POST', `/api/v1/workflows/${id}/resume`);
    assert.equal((await api.settledWorkflow(id)).status, 'completed');
    assert.equal((await api.call('POST', `/api/v1/workflows/${id}/resume`)).body.code, 'already_finished');
  });

  it('retries what did not complete, or from a step on', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'retry',
      steps: [
        { key: 'a', type: noop, payload: 1 },
        { key: 'b', type: 'taskflow.fail', payload: { message: 'no' }, retry: { maxAttempts: 1 }, dependsOn: ['a'] },
        { key: 'c', type: noop, dependsOn: ['b'] },
      ],
      onFailure: 'stop',
    });
    const failed = await api.settledWorkflow(id);
    assert.equal(failed.status, 'failed');
    const retry = (body?: object) => api.call('POST', `/api/v1/workflows/${id}/retry`, { body });
    assert.equal((await retry({ from: 'nothing' })).body.code, 'unknown_step');
    assert.equal((await retry({ version: 'latest' })).body.code, 'not_registered');
    assert.equal((await retry()).status, 202);
    const again = await api.settledWorkflow(id);
    assert.equal(again.status, 'failed');
    assert.equal(step(again, 'a').finishedAt, step(failed, 'a').finishedAt);
    assert.notEqual(step(again, 'b').finishedAt, step(failed, 'b').finishedAt);
    assert.equal((await retry({ from: 'a' })).status, 202);
    const whole = await api.settledWorkflow(id);
    assert.notEqual(step(whole, 'a').finishedAt, step(failed, 'a').finishedAt);
    const task = await api.task(step(whole, 'b').taskId ?? '');
    assert.equal(task.generation, 3);
  });

  it('restarts many at once, after showing which ones', async () => {
    const { api } = platform();
    const name = `e2e.restart-${randomUUID().slice(0, 8)}`;
    const graph = { steps: [{ key: 'a', ...failing }] };
    await api.expect(201, 'POST', '/api/v1/workflow-definitions', { body: { name, version: 1, graph } });
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await api.startWorkflow({ definition: name })).id);
    for (const id of ids) await api.settledWorkflow(id);
    const fixed = { steps: [{ key: 'a', type: noop }] };
    await api.expect(201, 'POST', '/api/v1/workflow-definitions', { body: { name, version: 2, graph: fixed } });

    const restart = (body: object) =>
      api.expect<{ matched: number; restarted?: number; sample: { id: string }[] }>(
        200,
        'POST',
        '/api/v1/workflows/restart',
        { body: { filter: { status: 'failed', name }, version: 'latest', ...body } },
      );
    const preview = await restart({ dryRun: true });
    assert.deepEqual([preview.matched, preview.restarted], [5, undefined]);
    assert.deepEqual(preview.sample.map(({ id }) => id).sort(), [...ids].sort());
    assert.equal((await api.workflow(ids[0] ?? '')).status, 'failed');
    const done = await restart({});
    assert.deepEqual([done.matched, done.restarted], [5, 5]);
    for (const id of ids) {
      const workflow = await api.settledWorkflow(id);
      assert.deepEqual([workflow.status, workflow.version], ['completed', 2]);
    }
    assert.equal((await restart({ dryRun: true })).matched, 0);
  });

  it('refuses a latest version that does not fit what is done', async () => {
    const { api } = platform();
    const name = `e2e.unfit-${randomUUID().slice(0, 8)}`;
    const register = (version: number, steps: object[]) =>
      api.expect(201, 'POST', '/api/v1/workflow-definitions', { body: { name, version, graph: { steps } } });
    await register(1, [
      { key: 'a', type: noop },
      { key: 'b', ...failing, dependsOn: ['a'] },
    ]);
    const { id } = await api.startWorkflow({ definition: name });
    await api.settledWorkflow(id);
    await register(2, [{ key: 'b', type: noop }]);
    const answer = await api.call('POST', `/api/v1/workflows/${id}/retry`, { body: { version: 'latest' } });
    assert.deepEqual([answer.status, answer.body.code], [409, 'incompatible_graph']);
    assert.equal((await api.workflow(id)).version, 1);
  });
});
