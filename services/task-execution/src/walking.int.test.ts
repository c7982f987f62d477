import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@taskflow/kit-testing';
import { startHarness } from '../testing/service-harness.ts';
import { resultOf } from '../testing/test-worker.ts';

test('a task is accepted, handed to a worker over its socket, completed and told of', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const taskId = harness.create({ payload: { n: 1 }, tags: { a: 'b' } });

  const delivery = await worker.deliveries.next();
  assert.deepEqual(delivery.payload, { n: 1 });
  assert.deepEqual(delivery.tags, { a: 'b' });
  assert.equal(delivery.taskId, taskId);
  assert.equal(delivery.attempt, 1);
  assert.equal(delivery.n, 1);

  assert.deepEqual(await worker.complete(resultOf(delivery, { ok: true })), ['accepted']);
  await eventually(() => harness.management.storyOf(taskId).includes('completed'));
  assert.deepEqual(harness.management.storyOf(taskId), ['queued', 'started', 'completed']);
  assert.equal(harness.management.ofType('task.completed')[0]?.raw?.result, '{"ok":true}');
  assert.deepEqual(await harness.rows('leased'), []);
});

test('work that comes before its worker is queued and claimed by priority', async () => {
  await using harness = await startHarness();
  const low = harness.create({ priority: 100 });
  const high = harness.create({ priority: 900 });
  await eventually(async () => (await harness.rows('waiting')).length === 2);
  const worker = await harness.worker({ credit: 1 });
  assert.equal((await worker.deliveries.next()).taskId, high);
  worker.credit(2);
  assert.equal((await worker.deliveries.next()).taskId, low);
});
