import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executionEvents } from '../testing/execution-double.ts';
import { startHarness } from '../testing/service-harness.ts';

test('a task is created, runs elsewhere and is settled', async () => {
  await using harness = await startHarness();
  const { execution } = harness;

  const created = await harness.call('POST', '/api/v1/tasks', { type: 'work', payload: { n: 1 }, tags: { a: 'b' } });
  assert.equal(created.status, 201, JSON.stringify(created.body));
  assert.equal(created.body.status, 'queued');
  const taskId = String(created.body.id);
  assert.equal(created.headers.get('location'), `/api/v1/tasks/${taskId}`);

  execution.report(executionEvents.started({ taskId }), executionEvents.completed({ taskId }, { ok: true }));
  const settled = await harness.call('GET', `/api/v1/tasks/${taskId}`, undefined, { prefer: 'wait=10' });
  assert.equal(settled.body.status, 'completed');
  assert.deepEqual(settled.body.result, { ok: true });
  assert.equal(settled.body.attempts, 1);
  assert.deepEqual(
    execution.heard.map(({ type }) => type),
    ['taskflow.task.created.v1'],
  );
});

test('a chain passes results along and completes', async () => {
  await using harness = await startHarness();
  const { execution } = harness;
  execution.respond((created) => {
    const taskId = String(created.data.taskId);
    const payload = JSON.parse(created.raw?.payload ?? 'null');
    return [executionEvents.completed({ taskId }, { n: (payload.n ?? payload.from.n) + 1 })];
  });
  const started = await harness.call('POST', '/api/v1/workflows', {
    name: 'chain',
    input: { first: 1 },
    steps: [
      { key: 'a', type: 'work', payload: { n: { $from: 'input.first' } } },
      { key: 'b', type: 'work', payload: { from: { $from: 'steps.a.result' } }, dependsOn: ['a'] },
      { key: 'c', type: 'work', payload: { n: { $from: 'steps.b.result.n' } }, dependsOn: ['b'] },
    ],
  });
  assert.equal(started.status, 201, JSON.stringify(started.body));
  const done = await harness.call('GET', `/api/v1/workflows/${started.body.id}`, undefined, { prefer: 'wait=10' });
  assert.equal(done.body.status, 'completed', JSON.stringify(done.body));
  assert.deepEqual(done.body.output, { c: { n: 4 } });
});
