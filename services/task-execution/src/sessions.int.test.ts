import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, setDatabaseOffset } from '@taskflow/kit-testing';
import { startHarness } from '../testing/service-harness.ts';
import { resultOf } from '../testing/test-worker.ts';

test('a worker that comes back within its lease keeps what it holds', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 2 });
  const held = harness.create();
  const delivery = await worker.deliveries.next();
  worker.vanish();
  const back = await harness.worker({ session: worker.session, holds: [delivery.lease], credit: 1 });
  assert.equal(back.session, worker.session);
  assert.deepEqual(back.registered.lost, []);
  assert.deepEqual(await back.complete(resultOf(delivery)), ['accepted']);
  await eventually(() => harness.management.storyOf(held).includes('completed'));
});

test('what a returning worker was sent and never got goes to it again, without costing the attempt', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 2 });
  const [kept, dropped] = [harness.create(), harness.create()];
  const first = await worker.deliveries.next();
  const second = await worker.deliveries.next();
  worker.vanish();
  const back = await harness.worker({ session: worker.session, holds: [first.lease], credit: 5 });
  const again = await back.deliveries.next();
  assert.deepEqual([first.taskId, second.taskId], [kept, dropped]);
  assert.deepEqual([again.taskId, again.attempt], [dropped, 1]);
  assert.notEqual(again.lease, second.lease);
  assert.deepEqual(await back.complete(resultOf(second), resultOf(again), resultOf(first)), [
    'superseded',
    'accepted',
    'accepted',
  ]);
});

test('a worker keeps what it holds over a restart of the service', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 2 });
  const taskId = harness.create({
    workflow: { workflowId: '00000000-0000-7000-8000-000000000001', name: 'w', step: 's' },
  });
  const delivery = await worker.deliveries.next();
  await harness.restart();
  assert.equal(await worker.closed.next(), 1012);
  const back = await harness.worker({ session: worker.session, holds: [delivery.lease], credit: 1 });
  assert.deepEqual(back.registered.lost, []);
  assert.deepEqual(await back.heartbeat([delivery.lease], 0), []);
  assert.deepEqual(await back.complete(resultOf(delivery)), ['accepted']);
  await eventually(() => harness.management.storyOf(taskId).includes('completed'));
  assert.equal(harness.management.ofType('task.completed')[0]?.key, '00000000-0000-7000-8000-000000000001');
});

test('a session that expired is not resumed: all that it held is lost', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  harness.create();
  const delivery = await worker.deliveries.next();
  worker.vanish();
  await setDatabaseOffset(harness.database, 16_000);
  await eventually(() => harness.management.ofType('worker.lost').length === 1);
  const [lost] = harness.management.ofType('worker.lost');
  assert.deepEqual([lost?.data.session, lost?.data.leases], [worker.session, 1]);
  const back = await harness.worker({ session: worker.session, holds: [delivery.lease] });
  assert.notEqual(back.session, worker.session);
  assert.deepEqual(back.registered.lost, [delivery.lease]);
});

test('heartbeats keep a session, and tell what is lost', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  harness.create();
  const delivery = await worker.deliveries.next();
  await setDatabaseOffset(harness.database, 10_000);
  const unknown = '00000000-0000-4000-8000-000000000001';
  assert.deepEqual(await worker.heartbeat([delivery.lease, unknown], 1), [unknown]);
  await setDatabaseOffset(harness.database, 20_000);
  assert.deepEqual(await worker.heartbeat([delivery.lease], 1), []);
  assert.deepEqual(await worker.complete(resultOf(delivery)), ['accepted']);
});

test('what a worker received and does not hold is taken back; what is on its way is not', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 2 });
  harness.create();
  const first = await worker.deliveries.next();
  assert.deepEqual(await worker.heartbeat([], 0), [], 'it may not have received it yet');
  assert.equal((await harness.rows('leased')).length, 1);
  await worker.heartbeat([], 1);
  const again = await worker.deliveries.next();
  assert.deepEqual([again.taskId, again.attempt], [first.taskId, 1]);
  assert.deepEqual(await worker.complete(resultOf(first), resultOf(again)), ['superseded', 'accepted']);
});

test('a worker that leaves with empty hands ends its session', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  await worker.leave();
  await eventually(async () => (await harness.sql('select 1 from sessions')).length === 0);
  assert.equal(harness.management.ofType('worker.lost').length, 0);
});

test('what a worker that says goodbye was sent goes to others at once, without costing the attempt', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 2 });
  harness.create();
  const first = await worker.deliveries.next();
  await worker.leave();
  const other = await harness.worker({ name: 'other', credit: 1 });
  const again = await other.deliveries.next();
  assert.deepEqual([again.taskId, again.attempt], [first.taskId, 1]);
  assert.deepEqual(await other.complete(resultOf(first), resultOf(again)), ['superseded', 'accepted']);
  assert.equal(harness.management.ofType('worker.lost').length, 0);
});

test('given a worker takes its credit back, then its heartbeat is answered after everything that was on its way', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 100 });
  const ids = Array.from({ length: 50 }, () => harness.create());
  worker.credit(0);
  await worker.heartbeat([], 0);
  const got = worker.deliveries.waiting;
  const queuedTasks = (await harness.rows('waiting')).length;
  assert.equal((await harness.rows('leased')).length, got);
  assert.ok(queuedTasks <= ids.length - got);
  await eventually(async () => (await harness.rows('waiting')).length === ids.length - got);
  assert.equal(worker.deliveries.waiting, got, 'nothing comes after the answer');
});

test('a service that stops writes what was reported, tells its workers, and leaves their leases', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 100 });
  for (let n = 0; n < 20; n += 1) harness.create();
  const deliveries = [];
  for (let n = 0; n < 20; n += 1) deliveries.push(await worker.deliveries.next());
  const kept = deliveries.pop();
  assert.ok(kept);
  const verdicts = worker.complete(...deliveries.map((delivery) => resultOf(delivery)));
  await eventually(() => harness.management.ofType('task.completed').length > 0 || harness.management.heard.length > 0);
  await harness.stopService();
  assert.deepEqual(new Set(await verdicts), new Set(['accepted']));
  assert.equal(await worker.closed.next(), 1012);
  assert.deepEqual(
    (await harness.rows('leased')).map(({ id }) => id),
    [kept.taskId],
  );
});

test('a lease without a session is rescued too', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  harness.create();
  await worker.deliveries.next();
  await harness.stopService();
  await harness.sql('delete from sessions');
  await harness.restart();
  const other = await harness.worker({ name: 'other', credit: 1 });
  assert.equal((await other.deliveries.next()).attempt, 2);
});

test('an attempt that runs for longer is announced once, before its end and before its progress', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 2 });
  const taskId = harness.create();
  const delivery = await worker.deliveries.next();
  await eventually(() => harness.management.storyOf(taskId).includes('started'));
  const report = { lease: delivery.lease, taskId, fraction: 0.5, message: 'half' };
  worker.send({ kind: 'progress', items: [{ ...report, fraction: 0.4 }, report] });
  await eventually(() => harness.management.storyOf(taskId).includes('progress-updated'));
  await worker.complete(resultOf(delivery));
  await eventually(() => harness.management.storyOf(taskId).includes('completed'));
  assert.deepEqual(harness.management.storyOf(taskId), ['queued', 'started', 'progress-updated', 'completed']);
  const [progress] = harness.management.ofType('task.progress-updated');
  assert.deepEqual([progress?.data.fraction, progress?.data.message, progress?.data.attempt], [0.5, 'half', 1]);
  worker.send({ kind: 'progress', items: [{ ...report, fraction: 0.9 }] });
  const marker = harness.create();
  await eventually(() => harness.management.storyOf(marker).includes('started'));
  assert.equal(
    harness.management.ofType('task.progress-updated').length,
    1,
    'progress of an ended attempt is for nobody',
  );
});

test('a connection that does not speak the protocol is told so and closed', async () => {
  await using harness = await startHarness();
  for (const frame of [
    { kind: 'dance' },
    { kind: 'credit', upTo: -1 },
    { kind: 'register', name: 'again', types: [], concurrency: 1 },
  ]) {
    const worker = await harness.worker();
    worker.send(frame);
    assert.match((await worker.errors.next()).code, /^(invalid_frame|registered_already)$/);
    assert.equal(await worker.closed.next(), 1008);
  }
});

test('the service knows whether its last run ended by a crash', async () => {
  await using harness = await startHarness();
  const marks = () => harness.sql('select 1 from clean_stops');
  assert.equal((await marks()).length, 0, 'a run that goes on has no mark: a crash now leaves none');
  await harness.stopService();
  assert.equal((await marks()).length, 1);
  await harness.restart();
  assert.equal((await marks()).length, 0);
});
