import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, setDatabaseOffset } from '@taskflow/kit-testing';
import { managementEvents } from '../testing/management-double.ts';
import { startHarness } from '../testing/service-harness.ts';
import { broken, failureOf, resultOf } from '../testing/test-worker.ts';

const endings = ['completed', 'failed', 'execution-cancelled'];

test('a worker that lost its lease can change nothing: whatever it reports is superseded', async () => {
  await using harness = await startHarness();
  const zombie = await harness.worker({ name: 'zombie', credit: 1 });
  const taskId = harness.create();
  const first = await zombie.deliveries.next();
  zombie.vanish();

  // The lease runs by the database's clock: nobody waits for real time here.
  await setDatabaseOffset(harness.database, 16_000);
  const healthy = await harness.worker({ name: 'healthy', credit: 1 });
  const second = await healthy.deliveries.next();
  assert.equal(second.taskId, taskId);
  assert.equal(second.attempt, 2);
  assert.notEqual(second.lease, first.lease);

  const back = await harness.worker({ name: 'zombie', session: zombie.session, holds: [first.lease] });
  assert.deepEqual(back.registered.lost, [first.lease]);
  assert.deepEqual(await back.complete(resultOf(first, 'stale')), ['superseded']);
  assert.deepEqual(await back.fail(failureOf(first, 'terminal')), ['superseded']);

  assert.deepEqual(await healthy.complete(resultOf(second, 'fresh')), ['accepted']);
  await eventually(() => harness.management.storyOf(taskId).includes('completed'));
  assert.deepEqual(
    harness.management.ofType('task.completed').map(({ raw }) => raw?.result),
    ['"fresh"'],
  );
  assert.equal(harness.management.ofType('worker.lost').length, 1);
});

test('a repeated completion is superseded, in the same frame and in the next', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  const taskId = harness.create();
  const delivery = await worker.deliveries.next();
  const twice = await worker.complete(resultOf(delivery, 1), resultOf(delivery, 2));
  assert.deepEqual(twice, ['accepted', 'superseded']);
  assert.deepEqual(await worker.complete(resultOf(delivery, 3)), ['superseded']);
  await eventually(() => harness.management.storyOf(taskId).includes('completed'));
  assert.equal(harness.management.ofType('task.completed').length, 1);
});

test('a completion and a failure of one attempt at the same time make one ending', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 50 });
  const ids = Array.from({ length: 50 }, () => harness.create({ retry: { ...retryOnce } }));
  const deliveries = await Promise.all(ids.map(() => worker.deliveries.next()));
  const verdicts = await Promise.all(
    deliveries.map(async (delivery) => {
      const [completed, failed] = await Promise.all([
        worker.complete(resultOf(delivery)),
        worker.fail(failureOf(delivery, 'terminal')),
      ]);
      return [...completed, ...failed].sort();
    }),
  );
  for (const outcome of verdicts) assert.deepEqual(outcome, ['accepted', 'superseded']);
  await eventually(
    () => harness.management.ofType('task.completed').length + harness.management.ofType('task.failed').length === 50,
  );
});

const retryOnce = { maxAttempts: 1, backoff: 'fixed', initialMs: 0, maxMs: 0, jitter: 'none' };

test('cancels that race completions leave exactly one ending per task', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 200 });
  const ids = Array.from({ length: 200 }, () => harness.create());
  const deliveries = await Promise.all(ids.map(() => worker.deliveries.next()));
  const reports = deliveries.map((delivery, index) => {
    harness.management.publish(managementEvents.cancelRequested(ids[index] as string));
    return worker.complete(resultOf(delivery));
  });
  const verdicts = (await Promise.all(reports)).flat();
  const endingsOf = (id: string) => harness.management.storyOf(id).filter((name) => endings.includes(name));
  await eventually(() => ids.every((id) => endingsOf(id).length > 0));
  for (const id of ids) assert.equal(endingsOf(id).length, 1, id);
  const completed = harness.management.ofType('task.completed').length;
  assert.equal(verdicts.filter((outcome) => outcome === 'accepted').length, completed);
  assert.deepEqual(await harness.rows('leased'), []);
});

test('cancels that race claims find the work wherever it is', async () => {
  await using harness = await startHarness();
  const ids = Array.from({ length: 300 }, () => harness.create());
  await eventually(async () => (await harness.rows('waiting')).length === 300);
  const worker = await harness.worker({ concurrency: 1_000, credit: 1_000 });
  for (const id of ids) harness.management.publish(managementEvents.cancelRequested(id));
  await eventually(() => harness.management.ofType('task.execution-cancelled').length === 300);
  assert.deepEqual(await harness.rows('waiting'), []);
  assert.deepEqual(await harness.rows('leased'), []);
  const delivered = worker.deliveries.waiting;
  const reported = new Set<string>();
  while (worker.lost.waiting > 0) for (const lease of (await worker.lost.next()).leases) reported.add(lease);
  assert.equal(reported.size, delivered, 'each worker that got cancelled work is told');
});

test('a cancelled running task ends at once, and its worker is told to abort', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  const taskId = harness.create();
  const delivery = await worker.deliveries.next();
  harness.management.publish(managementEvents.cancelRequested(taskId));
  assert.deepEqual(await worker.lost.next(), { kind: 'lost', leases: [delivery.lease], reason: 'cancelled' });
  await eventually(() => harness.management.storyOf(taskId).includes('execution-cancelled'));
  assert.deepEqual(await worker.complete(resultOf(delivery)), ['superseded']);
  assert.equal(harness.management.ofType('task.completed').length, 0);
});

test('a cancel of another generation, and one that comes too late, change nothing', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  const taskId = harness.create();
  const delivery = await worker.deliveries.next();
  harness.management.publish(managementEvents.cancelRequested(taskId, 2));
  assert.deepEqual(await worker.complete(resultOf(delivery)), ['accepted']);
  harness.management.publish(managementEvents.cancelRequested(taskId, 1));
  const marker = harness.create();
  await eventually(async () => (await harness.rows('waiting')).some(({ id }) => id === marker));
  assert.equal(harness.management.ofType('task.execution-cancelled').length, 0);
});

test('a retry after a failure runs as the next generation, with attempts counted from 1', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const taskId = harness.create();
  const first = await worker.deliveries.next();
  await worker.fail(failureOf(first, 'terminal'));
  await eventually(async () => (await harness.sql('select 1 from dead_letters')).length === 1);

  harness.management.publish(managementEvents.retryRequested({ taskId }));
  const second = await worker.deliveries.next();
  assert.deepEqual([second.generation, second.attempt], [2, 1]);
  assert.deepEqual(await worker.complete(resultOf(first)), ['superseded']);
  assert.deepEqual(await worker.complete(resultOf(second)), ['accepted']);
  assert.deepEqual(await harness.sql('select 1 from dead_letters'), [], 'its dead letter is done with');
});

test('entries that are delivered again do nothing twice, also over a restart', async () => {
  await using harness = await startHarness();
  const taskId = harness.create();
  await eventually(async () => (await harness.rows('waiting')).length === 1);
  await harness.restart();
  const worker = await harness.worker({ credit: 10 });
  const delivery = await worker.deliveries.next();
  assert.equal(delivery.taskId, taskId);
  await worker.complete(resultOf(delivery));
  await harness.restart();
  const later = await harness.worker({ credit: 10 });
  const marker = harness.create();
  assert.equal((await later.deliveries.next()).taskId, marker, 'the finished task does not come again');
  const [row] = await harness.sql<{ seq: number }>('select max(seq) as seq from positions');
  assert.equal(row?.seq, 2);
});

test('an event that cannot be read is passed over, and its neighbours are applied', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 2 });
  const good = managementEvents.created();
  const bad = managementEvents.created();
  harness.management.publish({ ...bad, data: { ...bad.data, queue: 7 } }, good);
  assert.equal((await worker.deliveries.next()).taskId, good.data.taskId);
});

test('an error of one kind never hides another: the reported one is stored and shown', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  const taskId = harness.create();
  await worker.fail(failureOf(await worker.deliveries.next(), 'terminal'));
  await eventually(() => harness.management.storyOf(taskId).includes('failed'));
  const [failed] = harness.management.ofType('task.failed');
  assert.deepEqual(failed?.data.error, broken);
  assert.equal(failed?.data.reason, 'terminal');
  assert.deepEqual(harness.management.storyOf(taskId), ['queued', 'started', 'failed', 'dead-lettered']);
  const { body } = await harness.call('GET', '/api/v1/dead-letters');
  const [letter] = body.items as Record<string, unknown>[];
  assert.equal(letter?.taskId, taskId);
  assert.deepEqual(letter?.error, broken);
});
