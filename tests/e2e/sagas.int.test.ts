import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventuallyHolds, usePlatform, type WorkflowBody } from './harness/index.ts';

const noop = 'taskflow.noop';
const once = { maxAttempts: 1 };
const failing = { type: 'taskflow.fail', payload: { message: 'no' }, retry: once };
const undo = { type: noop, payload: 'undone' };
/** Is cut off in the middle, so that nobody knows how far it came. */
const cutOff = { type: 'taskflow.sleep', payload: { ms: 600_000 }, timeout: { attempt: 50 }, retry: once };

type Step = WorkflowBody['steps'][number];

function step(workflow: WorkflowBody, key: string): Step {
  const found = workflow.steps.find((each) => each.key === key);
  assert.ok(found !== undefined, `no step ${key}`);
  return found;
}

const compensated = (workflow: WorkflowBody) =>
  workflow.steps.filter(({ compensation }) => compensation?.status === 'completed').map(({ key }) => key);

/** `first` was undone before the undoing of `then` began. */
function assertCompensatedBefore(workflow: WorkflowBody, first: string, then: string): void {
  const ended = step(workflow, first).compensation?.finishedAt;
  const began = step(workflow, then).compensation?.startedAt;
  assert.ok(ended !== undefined && began !== undefined, `${first} and ${then} are undone`);
  assert.ok(ended <= began, `${then} was undone from ${began} on, before ${first} was undone at ${ended}`);
}

describe('sagas from JSON', () => {
  const platform = usePlatform();

  it('undo in reverse what had finished when a step fails for good', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'order',
      steps: [
        { key: 'reserve', type: noop, payload: { hold: 7 }, compensation: undo },
        {
          key: 'charge',
          type: noop,
          payload: { charge: 9 },
          dependsOn: ['reserve'],
          compensation: { type: noop, payload: { refund: { $from: 'steps.charge.result.charge' } } },
        },
        { key: 'ship', ...failing, dependsOn: ['charge'], compensation: undo },
        { key: 'mail', type: noop, dependsOn: ['ship'], compensation: undo },
      ],
      onFailure: 'compensate',
    });
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'compensated');
    assert.equal(workflow.error?.step, 'ship');
    assert.deepEqual(compensated(workflow).sort(), ['charge', 'reserve']);
    assertCompensatedBefore(workflow, 'charge', 'reserve');
    assert.equal(step(workflow, 'ship').status, 'failed');
    assert.equal(step(workflow, 'mail').status, 'skipped');
    const refund = await api.task(step(workflow, 'charge').compensation?.taskId ?? '');
    assert.deepEqual(refund.payload, { refund: 9 });
    assert.deepEqual([refund.stepKey, refund.stepRole], ['charge', 'compensation']);
  });

  it('undo independent branches side by side, and a fork only after all its branches', async () => {
    const { api } = platform();
    const branch = (key: string) => ({
      key,
      type: noop,
      dependsOn: ['fork'],
      compensation: { type: 'taskflow.sleep', payload: { ms: 150 } },
    });
    const { id } = await api.startWorkflow({
      name: 'branches',
      steps: [
        { key: 'fork', type: noop, compensation: undo },
        branch('left'),
        branch('right'),
        { key: 'end', ...failing, dependsOn: ['left', 'right'] },
      ],
    });
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'compensated');
    assertCompensatedBefore(workflow, 'left', 'fork');
    assertCompensatedBefore(workflow, 'right', 'fork');
    const [left, right] = ['left', 'right'].map((key) => step(workflow, key).compensation);
    assert.ok(
      (left?.startedAt ?? '') < (right?.finishedAt ?? '') && (right?.startedAt ?? '') < (left?.finishedAt ?? ''),
    );
  });

  it('leave things as they are where onFailure says stop, and where nothing can be undone', async () => {
    const { api } = platform();
    const steps = [
      { key: 'a', type: noop, compensation: undo },
      { key: 'b', ...failing, dependsOn: ['a'] },
    ];
    const stopped = await api.startWorkflow({ name: 'stop', steps, onFailure: 'stop' });
    const kept = await api.settledWorkflow(stopped.id);
    assert.equal(kept.status, 'failed');
    assert.deepEqual(compensated(kept), []);

    const first = await api.startWorkflow({ name: 'first', steps: [{ key: 'a', ...failing, compensation: undo }] });
    assert.equal((await api.settledWorkflow(first.id)).status, 'failed');
  });

  it('keep what stands at or before a point of no return', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'commit',
      steps: [
        { key: 'before', type: noop, compensation: undo },
        { key: 'beside', type: noop, compensation: undo },
        { key: 'point', type: noop, dependsOn: ['before'], commit: true, compensation: undo },
        { key: 'after', type: noop, dependsOn: ['point'], compensation: undo },
        { key: 'end', ...failing, dependsOn: ['after', 'beside'] },
      ],
    });
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'compensated');
    assert.deepEqual(compensated(workflow).sort(), ['after', 'beside']);
  });

  it('show what is still to be undone, and nothing of what will stay', async () => {
    const { api } = platform();
    const held = { type: 'nobody.holds.this' };
    const { id } = await api.startWorkflow({
      name: 'half-way',
      steps: [
        { key: 'before', type: noop, compensation: undo },
        { key: 'point', type: noop, dependsOn: ['before'], commit: true },
        { key: 'early', type: noop, compensation: undo },
        { key: 'lost', ...cutOff, dependsOn: ['early'], onError: 'continue', compensation: undo },
        { key: 'late', type: noop, dependsOn: ['lost'], compensation: held },
        { key: 'end', ...failing, dependsOn: ['point', 'late'], compensation: undo },
      ],
    });
    const workflow = await eventuallyHolds(async () => {
      const found = await api.workflowWith(id, 'compensating');
      assert.equal(step(found, 'late').compensation?.status, 'queued');
      return found;
    });
    const shown = workflow.steps.map(({ key, compensation }) => [key, compensation?.status]);
    assert.deepEqual(Object.fromEntries(shown), {
      before: undefined,
      point: undefined,
      early: 'pending',
      lost: 'pending',
      late: 'queued',
      end: undefined,
    });
  });

  it('try a compensation ten times unless told, and go on where it succeeds', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'stubborn',
      steps: [
        {
          key: 'a',
          type: noop,
          compensation: {
            type: 'taskflow.fail',
            payload: { message: 'not yet', times: 5 },
            retry: { initial: 1, max: 5, jitter: 'none' },
          },
        },
        { key: 'b', ...failing, dependsOn: ['a'] },
      ],
    });
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'compensated');
    assert.equal(step(workflow, 'a').compensation?.attempts, 6);
  });

  it('are parked when a compensation fails for good, until it is retried or settled by hand', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'stuck',
      steps: [
        { key: 'a', type: noop, compensation: undo },
        { key: 'b', type: noop, dependsOn: ['a'], compensation: failing },
        { key: 'beside', type: noop, compensation: undo },
        { key: 'c', ...failing, dependsOn: ['b', 'beside'] },
      ],
    });
    const stuck = await api.workflowWith(id, 'compensation-stuck');
    assert.equal(step(stuck, 'b').compensation?.status, 'failed');
    assert.equal(step(stuck, 'b').compensation?.error?.message, 'no');
    await eventuallyHolds(async () => assert.deepEqual(compensated(await api.workflow(id)), ['beside']));
    const metrics = await api.call('GET', '/metrics');
    assert.match(metrics.text, /^workflow_compensations_stuck_total 1$/m);

    const settle = (key: string) =>
      api.call('POST', `/api/v1/workflows/${id}/steps/${key}/compensation/settle`, { body: { reason: 'by phone' } });
    assert.equal((await settle('a')).body.code, 'compensation_not_stuck');
    assert.equal((await settle('nothing')).body.code, 'unknown_step');

    await api.expect(202, 'POST', `/api/v1/workflows/${id}/retry`);
    const again = await eventuallyHolds(async () => {
      const workflow = await api.workflowWith(id, 'compensation-stuck');
      assert.equal(step(workflow, 'b').compensation?.status, 'failed');
      return workflow;
    });
    assert.deepEqual(compensated(again), ['beside']);

    assert.equal((await settle('b')).status, 202);
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'compensated');
    assert.deepEqual(compensated(workflow).sort(), ['a', 'beside']);
    const { compensation } = step(workflow, 'b');
    assert.deepEqual([compensation?.status, compensation?.reason], ['settled', 'by phone']);
  });

  it('show before a cancel what it would undo, and undo just that', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'cancelled',
      steps: [
        { key: 'a', type: noop, compensation: undo },
        { key: 'plain', type: noop },
        { key: 'b', type: noop, dependsOn: ['a'], compensation: undo },
        {
          key: 'long',
          type: 'taskflow.sleep',
          payload: { ms: 600_000 },
          dependsOn: ['b', 'plain'],
          compensation: undo,
        },
        { key: 'end', type: noop, dependsOn: ['long'] },
      ],
    });
    await eventuallyHolds(async () => assert.equal(step(await api.workflow(id), 'long').status, 'running'));
    const plan = await api.expect<{ compensations: { step: string; order: number; because: string }[] }>(
      200,
      'GET',
      `/api/v1/workflows/${id}/compensation-plan`,
    );
    assert.deepEqual(
      plan.compensations.map(({ step: key, order, because }) => [key, order, because]),
      [
        ['long', 0, 'running'],
        ['b', 1, 'completed'],
        ['a', 2, 'completed'],
      ],
    );
    const asked = await api.expect<WorkflowBody>(202, 'POST', `/api/v1/workflows/${id}/cancel`, {
      body: { reason: 'thought again', compensate: true },
    });
    assert.equal(asked.cancelRequested, true);
    const workflow = await api.settledWorkflow(id);
    assert.equal(workflow.status, 'compensated');
    assert.equal(workflow.reason, 'thought again');
    // The worker was cut off in the middle of `long`: nobody knows how far it came, so it is undone too.
    assert.deepEqual(compensated(workflow).sort(), ['a', 'b', 'long']);
    assertCompensatedBefore(workflow, 'long', 'b');
    assertCompensatedBefore(workflow, 'b', 'a');
    assert.equal((await api.call('POST', `/api/v1/workflows/${id}/cancel`)).body.code, 'already_finished');
  });

  it('end as cancelled where a cancel finds nothing to undo', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'nothing-done',
      steps: [{ key: 'a', type: 'nobody.holds.this', compensation: undo }],
    });
    await api.expect(202, 'POST', `/api/v1/workflows/${id}/cancel`, { body: { compensate: true } });
    assert.equal((await api.settledWorkflow(id)).status, 'cancelled');
  });

  it('run again from scratch after they were undone', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'again',
      steps: [
        { key: 'a', type: noop, compensation: undo },
        { key: 'b', type: 'taskflow.fail', payload: { message: 'first', times: 1 }, retry: once, dependsOn: ['a'] },
      ],
    });
    assert.equal((await api.settledWorkflow(id)).status, 'compensated');
    const refused = await api.call('POST', `/api/v1/workflows/${id}/retry`, { body: { from: 'b' } });
    assert.deepEqual([refused.status, refused.body.code], [409, 'from_not_available']);
    await api.expect(202, 'POST', `/api/v1/workflows/${id}/retry`);
    const workflow = await api.settledWorkflow(id);
    assert.equal(step(workflow, 'a').status, 'completed');
    assert.ok(['compensated', 'completed'].includes(workflow.status), workflow.status);
  });
});
