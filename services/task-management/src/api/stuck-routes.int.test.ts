import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { executionEvents } from '../../testing/execution-double.ts';
import { type Answer, type Harness, startHarness } from '../../testing/service-harness.ts';

const step = (key: string, dependsOn: string[] = []) => ({ key, type: 'work', dependsOn });
const stepsOf = ({ body }: Answer) => body.steps as { key: string; status: string; taskId: string }[];
const idsOf = ({ body }: Answer) => (body.items as { id: string }[]).map(({ id }) => id);

const telemetry = silentTelemetry();
let harness: Harness;
before(async () => {
  harness = await startHarness({ telemetry });
});
after(() => harness[Symbol.asyncDispose]());

/** A workflow whose stored options cannot be read, which its next fact finds. */
async function aStuckWorkflow(name: string): Promise<Answer> {
  const started = await harness.call('POST', '/api/v1/workflows', { name, steps: [step('a'), step('b', ['a'])] });
  await harness.sql("update workflows set options = '{' where id = $1", [started.body.id]);
  harness.beginAnotherRun();
  harness.execution.report(executionEvents.completed({ taskId: stepsOf(started)[0]?.taskId as string }, 'kept'));
  const path = `/api/v1/tasks/${stepsOf(started)[0]?.taskId}`;
  await harness.call('GET', path, undefined, { prefer: 'wait=10' });
  return harness.call('GET', `/api/v1/workflows/${started.body.id}`);
}

async function metric(name: string): Promise<string[]> {
  const text = await telemetry.metrics.metrics();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('a stuck workflow', () => {
  test('is shown with its error and since when, listed, counted, and is no end for who waits', async () => {
    const stuck = await aStuckWorkflow('shown');
    const { id, status, error, stuckSince, finishedAt } = stuck.body;
    assert.deepEqual([status, typeof stuckSince, finishedAt], ['stuck', 'string', undefined]);
    assert.match(JSON.stringify(error), /"code":"not_applied","message":"The workflow could not be moved on: .*JSON/);
    assert.deepEqual(
      stepsOf(stuck).map((one) => one.status),
      ['completed', 'blocked'],
    );
    const list = await harness.call('GET', '/api/v1/workflows?status=stuck&name=shown');
    assert.deepEqual(idsOf(list), [id]);
    const waited = await harness.call('GET', `/api/v1/workflows/${id}`, undefined, { prefer: 'wait=1' });
    assert.deepEqual([waited.status, waited.body.status], [200, 'stuck']);
    assert.ok((await metric('task_management_stuck')).includes('task_management_stuck{kind="workflow"} 1'));
    assert.ok((await metric('task_management_parked')).includes('task_management_parked_total{kind="workflow"} 1'));
    await harness.call('POST', `/api/v1/workflows/${id}/cancel`);
  });

  test('answers a retry that fails again by name, and goes on once it can', async () => {
    const { body } = await aStuckWorkflow('mended');
    const retry = () => harness.call('POST', `/api/v1/workflows/${body.id}/retry`);
    const refused = await retry();
    assert.deepEqual([refused.status, refused.body.code], [422, 'cannot_apply']);
    assert.match(String(refused.body.detail), /JSON.*Nothing was changed/);
    const paused = await harness.call('POST', `/api/v1/workflows/${body.id}/pause`);
    assert.deepEqual([paused.status, paused.body.code], [409, 'stuck']);
    await harness.sql('update workflows set options = null where id = $1', [body.id]);
    const restarted = await harness.call('POST', '/api/v1/workflows/restart', {
      filter: { status: 'stuck', name: 'mended' },
    });
    assert.deepEqual([restarted.body.matched, restarted.body.restarted], [1, 1]);
    const running = await harness.call('GET', `/api/v1/workflows/${body.id}`);
    assert.deepEqual(
      [running.body.status, running.body.error, running.body.stuckSince],
      ['running', undefined, undefined],
    );
    harness.execution.report(executionEvents.completed({ taskId: stepsOf(running)[1]?.taskId as string }, 'end'));
    const ended = await harness.call('GET', `/api/v1/workflows/${body.id}`, undefined, { prefer: 'wait=10' });
    assert.deepEqual(ended.body.output, { b: 'end' });
  });

  test('is given up by a cancel', async () => {
    const { body } = await aStuckWorkflow('given-up');
    const cancelled = await harness.call('POST', `/api/v1/workflows/${body.id}/cancel`, { reason: 'enough' });
    assert.deepEqual([cancelled.status, cancelled.body.status, cancelled.body.reason], [202, 'cancelled', 'enough']);
    assert.deepEqual(idsOf(await harness.call('GET', '/api/v1/workflows?status=stuck&name=given-up')), []);
  });

  test('whose graph cannot be read is shown without steps, beside others that are shown whole', async () => {
    const name = 'unreadable';
    const [sick, sicker, sound] = await Promise.all(
      ['own', 'other', 'a'].map((key) => harness.call('POST', '/api/v1/workflows', { name, steps: [step(key)] })),
    );
    assert.ok(sick && sicker && sound);
    await harness.sql("update workflows set hash = 'none' where id = $1", [sick.body.id]);
    await harness.sql("update workflows set hash = 'broken' where id = $1", [sicker.body.id]);
    await harness.sql("insert into workflow_graphs select tenant_id, 'broken', '{' from workflow_graphs limit 1");
    const views = await Promise.all(
      [sick, sicker, sound].map(({ body }) => harness.call('GET', `/api/v1/workflows/${body.id}`)),
    );
    assert.deepEqual(
      views.map(({ status, body }) => [status, (body.steps as unknown[]).length, body.unreadable]),
      [
        [200, 0, ['steps']],
        [200, 0, ['steps']],
        [200, 1, undefined],
      ],
    );
    for (const part of ['graph', 'compensation-plan']) {
      const reported: Answer[] = await Promise.all(
        [sick, sicker, sound].map(({ body }) => harness.call('GET', `/api/v1/workflows/${body.id}/${part}`)),
      );
      assert.deepEqual(
        reported.map(({ status, body }) => [status, body.code]),
        [
          [422, 'cannot_apply'],
          [422, 'cannot_apply'],
          [200, undefined],
        ],
      );
    }
  });
});

test('what cannot be stored is refused by name, and its neighbours are not touched', async () => {
  await harness.sql("alter table tasks add constraint no_poison check (type <> 'poison')");
  const create = (type: string) => harness.call('POST', '/api/v1/tasks', { type });
  const answers = await Promise.all(['fine', 'poison', 'fine'].map(create));
  assert.deepEqual(
    answers.map(({ status, body }) => [status, body.code]),
    [
      [201, undefined],
      [422, 'cannot_apply'],
      [201, undefined],
    ],
  );
  const workflow = await harness.call('POST', '/api/v1/workflows', {
    name: 'w',
    steps: [{ key: 'a', type: 'poison' }],
  });
  assert.deepEqual([workflow.status, workflow.body.code], [422, 'cannot_apply']);
  assert.match(String(workflow.body.detail), /no_poison.*Nothing was created/);
  await harness.sql("alter table workflow_definitions add constraint no_poison check (name <> 'poison')");
  const register = (name: string) =>
    harness.call('POST', '/api/v1/workflow-definitions', { name, version: 1, graph: { steps: [step('a')] } });
  const registered = await Promise.all(['sound', 'poison'].map(register));
  assert.deepEqual(
    registered.map(({ status, body }) => [status, body.code]),
    [
      [201, undefined],
      [422, 'cannot_apply'],
    ],
  );
});

test('a stuck task is listed, run again by a retry and ended by a cancel', async () => {
  const create = async () => (await harness.call('POST', '/api/v1/tasks', { type: 'stuck-work' })).body.id;
  const [first, second] = [await create(), await create()];
  await harness.sql(
    'update tasks set status = \'stuck\', stuck_at = now(), error = \'{"code":"not_applied","message":"m"}\' where type = \'stuck-work\'',
  );
  const list = await harness.call('GET', '/api/v1/tasks?status=stuck&type=stuck-work');
  assert.deepEqual(idsOf(list).sort(), [first, second].sort());
  const retried = await harness.call('POST', `/api/v1/tasks/${first}/retry`);
  assert.deepEqual(
    [retried.status, retried.body.status, retried.body.generation, retried.body.stuckSince],
    [202, 'queued', 2, undefined],
  );
  const cancelled = await harness.call('POST', `/api/v1/tasks/${second}/cancel`, { reason: 'r' });
  assert.deepEqual([cancelled.status, cancelled.body.status], [202, 'cancelled']);
  const reported = harness.execution.heard
    .filter(({ subject }) => subject === `tasks/${second}`)
    .map(({ type }) => type);
  assert.ok(reported.includes('taskflow.task.cancelled.v1'));
  assert.deepEqual(idsOf(await harness.call('GET', '/api/v1/tasks?status=stuck')), []);
});
