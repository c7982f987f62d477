import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '@taskflow/contracts-worker-protocol';
import type { EventRecord } from '@taskflow/kit-messaging';
import { eventually } from '@taskflow/kit-testing';
import { maxResult } from './domain/completion.ts';
import { managementEvents } from '../testing/management-double.ts';
import { type Harness, startHarness } from '../testing/service-harness.ts';
import { resultOf } from '../testing/test-worker.ts';

const workflow = { workflowId: '00000000-0000-7000-8000-000000000001', name: 'orders', version: 2, step: 'ship' };
const megabyte = 1024 * 1024;

const skip = ({ lease, taskId }: Delivery) => ({ lease, taskId, skipped: true });

async function endOf(harness: Harness, name: 'completed' | 'failed', taskId: string) {
  const found = () => harness.management.ofType(`task.${name}`).find(({ data }) => data.taskId === taskId);
  await eventually(found);
  return found() as EventRecord;
}
const codeOf = ({ data }: EventRecord) => (data.error as { code: string }).code;

test('a step that has nothing to do ends as skipped, without a result; its neighbours complete', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  harness.create({ workflow });
  harness.create({ workflow });
  const [first, second] = [await worker.deliveries.next(), await worker.deliveries.next()];
  const items = [
    { ...skip(first), result: 'left aside' },
    { ...resultOf(second, 2), skipped: false },
  ];
  assert.deepEqual(await worker.complete(...items), ['accepted', 'accepted']);
  const skipped = await endOf(harness, 'completed', first.taskId);
  assert.deepEqual([skipped.data.skipped, skipped.raw?.result], [true, 'null']);
  assert.equal(skipped.key, workflow.workflowId);
  assert.deepEqual(harness.management.storyOf(first.taskId), ['queued', 'started', 'completed']);
  const completed = await endOf(harness, 'completed', second.taskId);
  assert.equal(completed.raw?.result, '2');
  assert.ok(!('skipped' in completed.data));
  const metrics = await harness.telemetry.metrics.metrics();
  assert.match(metrics, /task_executions_total\{queue="default",type="work",outcome="skipped"\} 1/);
  assert.match(metrics, /task_executions_total\{queue="default",type="work",outcome="completed"\} 1/);
});

test('skipped is said over plain HTTP, too', async () => {
  await using harness = await startHarness();
  const call = async (verb: string, body: unknown) => (await harness.call('POST', `/api/v1/worker/${verb}`, body)).body;
  const { session } = await call('register', { name: 'poller', types: ['work'], concurrency: 10 });
  const taskId = harness.create({ workflow });
  const { deliveries } = await call('claim', { session, max: 1, waitMs: 10_000 });
  const [delivery] = deliveries as [Delivery];
  assert.deepEqual((await call('complete', { session, items: [skip(delivery)] })).outcomes, [
    { lease: delivery.lease, outcome: 'accepted' },
  ]);
  assert.equal((await endOf(harness, 'completed', taskId)).data.skipped, true);
});

test('only a step can be skipped: any other task fails by name, and its neighbours are settled', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  harness.create({ tags: { a: 'b' } });
  harness.create({ workflow });
  const [plain, step] = [await worker.deliveries.next(), await worker.deliveries.next()];
  assert.deepEqual(await worker.complete(skip(plain), skip(step)), ['accepted', 'accepted']);
  const failed = await endOf(harness, 'failed', plain.taskId);
  assert.deepEqual([codeOf(failed), failed.data.reason], ['invalid_report', 'terminal']);
  assert.equal((await endOf(harness, 'completed', step.taskId)).data.skipped, true);
  const metrics = await harness.telemetry.metrics.metrics();
  assert.match(metrics, /task_executions_total\{queue="default",type="work",outcome="failed"\} 1/);
});

test('of two reports of one attempt the first one counts, also when only one of them says skipped', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const taskId = harness.create({ workflow });
  const delivery = await worker.deliveries.next();
  const verdicts = await worker.complete(skip(delivery), skip(delivery), resultOf(delivery));
  assert.deepEqual([...verdicts].sort(), ['accepted', 'superseded', 'superseded']);
  assert.deepEqual(await worker.complete(skip(delivery)), ['superseded']);
  await endOf(harness, 'completed', taskId);
  assert.equal(harness.management.ofType('task.completed').length, 1);
});

test('given cancels race skips, then each step ends once', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 100, concurrency: 100 });
  for (let n = 0; n < 100; n += 1) harness.create({ workflow });
  const deliveries = await Promise.all(Array.from({ length: 100 }, () => worker.deliveries.next()));
  const reports = deliveries.map((delivery) => {
    harness.management.publish(managementEvents.cancelRequested(delivery.taskId));
    return worker.complete(skip(delivery));
  });
  const verdicts = (await Promise.all(reports)).flat();
  const { management } = harness;
  await eventually(
    () => management.ofType('task.completed').length + management.ofType('task.execution-cancelled').length === 100,
  );
  const accepted = verdicts.filter((status) => status === 'accepted').length;
  assert.equal(management.ofType('task.completed').length, accepted);
  assert.deepEqual(await harness.rows('leased'), []);
});

test('a task that may give a larger result says so to its worker, and gets it through', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const large = harness.create({ workflow, maxResultBytes: 2 * megabyte });
  const delivery = await worker.deliveries.next();
  assert.equal(delivery.maxResultBytes, 2 * megabyte);
  assert.deepEqual(await worker.complete(resultOf(delivery, 'r'.repeat(2 * megabyte - 2))), ['accepted']);
  assert.equal((await endOf(harness, 'completed', large)).raw?.result?.length, 2 * megabyte);

  const tooLarge = harness.create({ maxResultBytes: 2 * megabyte });
  await worker.complete(resultOf(await worker.deliveries.next(), 'r'.repeat(2 * megabyte - 1)));
  const failed = await endOf(harness, 'failed', tooLarge);
  assert.equal(codeOf(failed), 'result_too_large');
  assert.match((failed.data.error as { message: string }).message, /2097153 bytes of JSON; at most 2097152/);
});

test('no result is larger than what an entry of 8 MiB holds, whatever its task asks for, and none is limited below 256 kB', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const greedy = harness.create({ maxResultBytes: 100 * megabyte });
  const first = await worker.deliveries.next();
  assert.equal(first.maxResultBytes, maxResult);
  await worker.complete(resultOf(first, 'r'.repeat(maxResult - 1)));
  assert.equal(codeOf(await endOf(harness, 'failed', greedy)), 'result_too_large');
  const full = harness.create({ maxResultBytes: 8 * megabyte });
  await worker.complete(resultOf(await worker.deliveries.next(), 'r'.repeat(maxResult - 2)));
  assert.equal((await endOf(harness, 'completed', full)).raw?.result?.length, maxResult);

  const modest = harness.create({ maxResultBytes: 10 });
  const last = await worker.deliveries.next();
  assert.ok(!('maxResultBytes' in last));
  await worker.complete(resultOf(last, 'r'.repeat(1_000)));
  await endOf(harness, 'completed', modest);
});

test('a larger result is accepted after a restart of the service, too: the limit is the task’s own', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const taskId = harness.create({ maxResultBytes: megabyte });
  const delivery = await worker.deliveries.next();
  await harness.restart();
  const back = await harness.worker({ session: worker.session, holds: [delivery.lease] });
  assert.deepEqual(await back.complete(resultOf(delivery, 'r'.repeat(megabyte / 2))), ['accepted']);
  await endOf(harness, 'completed', taskId);
});

test('a worker is told which part of its step it does', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const item = { ...workflow, role: 'item', item: 0 };
  harness.create({ workflow: item });
  assert.deepEqual((await worker.deliveries.next()).workflow, item);
  const compensation = { ...workflow, role: 'compensation' };
  harness.create({ workflow: compensation });
  assert.deepEqual((await worker.deliveries.next()).workflow, compensation);
});
