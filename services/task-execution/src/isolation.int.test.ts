import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@taskflow/kit-testing';
import { managementEvents, taskIdOf } from '../testing/management-double.ts';
import { type Harness, startHarness } from '../testing/service-harness.ts';
import { failureOf, resultOf } from '../testing/test-worker.ts';

/** What no check foresees and the database refuses. */
function poisonous() {
  const event = managementEvents.created();
  return { ...event, raw: { payload: '"a\0b"' } };
}

async function failureOfTask(harness: Harness, taskId: string) {
  const failed = () => harness.management.ofType('task.failed').find(({ data }) => data.taskId === taskId);
  return (await eventually(() => failed()?.data)) as { reason: string; attempt: number; error: { code: string } };
}

test('given work in a long entry that the database refuses, then it ends by name and all around it is carried out', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1_000 });
  const bad = [poisonous(), poisonous()] as const;
  const good = Array.from({ length: 30 }, () => managementEvents.created());
  harness.management.publish(...good.slice(0, 7), bad[0], ...good.slice(7, 20), bad[1], ...good.slice(20));
  const later = harness.create();
  const given = new Set<string>();
  for (let n = 0; n <= good.length; n += 1) given.add((await worker.deliveries.next()).taskId);
  assert.deepEqual(given, new Set([...good.map(taskIdOf), later]));
  for (const event of bad) {
    const { reason, attempt, error } = await failureOfTask(harness, taskIdOf(event));
    assert.deepEqual([reason, attempt, error.code], ['terminal', 0, 'task_not_executable']);
  }
  assert.equal(harness.management.ofType('task.failed').length, 2);
});

test('given an entry whose whole work is refused, then the stream goes on behind it, also after a restart', async () => {
  await using harness = await startHarness();
  const bad = [poisonous(), poisonous(), poisonous()];
  harness.management.publish(...bad);
  for (const event of bad) await failureOfTask(harness, taskIdOf(event));
  await harness.restart();
  const worker = await harness.worker({ credit: 1 });
  const next = harness.create();
  assert.equal((await worker.deliveries.next()).taskId, next);
  assert.equal(harness.management.ofType('task.failed').length, 3);
});

test('given a task is announced twice, then it is not ended for that', async () => {
  await using harness = await startHarness();
  const event = managementEvents.created();
  harness.management.publish(event);
  await eventually(async () => (await harness.rows('waiting')).length === 1);
  harness.management.publish(event, managementEvents.created({ type: 'other' }));
  await eventually(async () => (await harness.rows('waiting')).length === 2);
  assert.equal(harness.management.ofType('task.failed').length, 0);
});

test('given a row that cannot be judged, then its task ends by name and its neighbours as they should', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 3 });
  const ids = [harness.create(), harness.create(), harness.create()];
  const [first, second, third] = [
    await worker.deliveries.next(),
    await worker.deliveries.next(),
    await worker.deliveries.next(),
  ];
  await eventually(() => ids.every((id) => harness.management.storyOf(id).includes('started')));
  await harness.sql("update leased set claimed_at = 'infinity', announced = false where id = $1::uuid", [
    second.taskId,
  ]);
  await harness.sql("update leased set options = '{' where id = $1::uuid", [third.taskId]);
  const items = [first, second, third].map((delivery) => failureOf(delivery));
  assert.deepEqual(await worker.fail(...items), ['accepted', 'accepted', 'accepted']);
  assert.equal((await failureOfTask(harness, second.taskId)).error.code, 'execution_fault');
  for (const { taskId } of [first, third]) {
    await eventually(() => harness.management.storyOf(taskId).includes('retry-scheduled'));
  }
});

test('given a result that cannot be written, then its own task fails and the others of the frame complete', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 3 });
  for (let n = 0; n < 3; n += 1) harness.create();
  const deliveries = [await worker.deliveries.next(), await worker.deliveries.next(), await worker.deliveries.next()];
  await eventually(() => harness.management.ofType('task.started').length === 3);
  const second = deliveries[1]?.taskId ?? '';
  await harness.sql("update leased set claimed_at = 'infinity' where id = $1::uuid", [second]);
  assert.deepEqual(await worker.complete(...deliveries.map((delivery) => resultOf(delivery))), [
    'accepted',
    'accepted',
    'accepted',
  ]);
  assert.equal((await failureOfTask(harness, second)).error.code, 'execution_fault');
  await eventually(() => harness.management.ofType('task.completed').length === 2);
});
