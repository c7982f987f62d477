import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executionEvents } from '../testing/execution-double.ts';
import { type Answer, startHarness } from '../testing/service-harness.ts';

const step = (key: string, dependsOn: string[] = [], payload?: unknown) => ({ key, type: 'work', dependsOn, payload });
const stepsOf = ({ body }: Answer) => body.steps as { key: string; status: string; taskId?: string }[];
const charged = { amount: { $from: 'steps.price.result' } };

test('given a crash took an ending back, then its workflow is decided from what the database holds', async () => {
  await using harness = await startHarness();
  const steps = [step('price'), step('stock'), step('charge', ['price', 'stock'], charged)];
  const started = await harness.call('POST', '/api/v1/workflows', { name: 'w', steps });
  const taskOf = (key: string) => String(stepsOf(started).find((one) => one.key === key)?.taskId);
  harness.execution.report(executionEvents.completed({ taskId: taskOf('price') }, 4200));
  const priced = await harness.call('GET', `/api/v1/tasks/${taskOf('price')}`, undefined, { prefer: 'wait=10' });
  assert.equal(priced.body.status, 'completed');
  await harness.sql("update tasks set status = 'queued', result = null, finished_at = null where id = $1", [
    taskOf('price'),
  ]);
  harness.beginAnotherRun();
  harness.execution.report(executionEvents.completed({ taskId: taskOf('stock') }));
  await harness.call('GET', `/api/v1/tasks/${taskOf('stock')}`, undefined, { prefer: 'wait=10' });
  const view = () => harness.call('GET', `/api/v1/workflows/${started.body.id}`);
  assert.deepEqual(
    stepsOf(await view()).map(({ status }) => status),
    ['queued', 'completed', 'blocked'],
  );
  harness.execution.report(executionEvents.completed({ taskId: taskOf('price') }, 4200));
  await harness.call('GET', `/api/v1/tasks/${taskOf('price')}`, undefined, { prefer: 'wait=10' });
  const charge = stepsOf(await view()).find(({ key }) => key === 'charge');
  const { body } = await harness.call('GET', `/api/v1/tasks/${charge?.taskId}`);
  assert.deepEqual(body.payload, { amount: 4200 });
});

test('given a crash took a registration back, then its version is not started from memory', async () => {
  await using harness = await startHarness();
  const graph = { steps: [step('a')] };
  await harness.call('POST', '/api/v1/workflow-definitions', { name: 'gone', version: 1, graph });
  const start = () => harness.call('POST', '/api/v1/workflows', { definition: 'gone', version: 1 });
  assert.equal((await start()).status, 201);
  await harness.sql('delete from workflow_definitions');
  harness.beginAnotherRun();
  assert.equal((await start()).status, 404);
});

test('given a wait that is due and whose loop believed it ended, then another run ends it with no new traffic', async () => {
  await using harness = await startHarness();
  const nap = { key: 'nap', sleep: { for: '1h' } };
  const { body } = await harness.call('POST', '/api/v1/workflows', { name: 'w', steps: [nap] });
  await harness.sql("update waits set due_at = now() - interval '1 second'");
  harness.beginAnotherRun();
  const ended = await harness.call('GET', `/api/v1/workflows/${body.id}`, undefined, { prefer: 'wait=10' });
  assert.equal(ended.body.status, 'completed');
});
