import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, setDatabaseOffset } from '@taskflow/kit-testing';
import { startHarness } from '../testing/service-harness.ts';
import { broken, failureOf, resultOf } from '../testing/test-worker.ts';

const quick = { maxAttempts: 3, backoff: 'fixed', initialMs: 30, maxMs: 30, jitter: 'none' };
const slow = { ...quick, initialMs: 3_600_000, maxMs: 3_600_000 };

test('a task that fails is tried again after its pause, and can still complete', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const taskId = harness.create({ retry: quick, payload: 'kept' });
  const first = await worker.deliveries.next();
  assert.deepEqual(await worker.fail(failureOf(first)), ['accepted']);
  const second = await worker.deliveries.next();
  assert.deepEqual([second.attempt, second.payload], [2, 'kept']);
  await worker.complete(resultOf(second));
  await eventually(() => harness.management.storyOf(taskId).includes('completed'));
  assert.deepEqual(harness.management.storyOf(taskId), [
    'queued',
    'started',
    'retry-scheduled',
    'started',
    'completed',
  ]);
  const [retry] = harness.management.ofType('task.retry-scheduled');
  assert.deepEqual([retry?.data.attempt, retry?.data.nextAttempt, retry?.data.error], [1, 2, broken]);
});

test('a task that fails every time ends in the dead letters after its attempts', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const taskId = harness.create({ retry: quick });
  for (const attempt of [1, 2, 3]) {
    const delivery = await worker.deliveries.next();
    assert.equal(delivery.attempt, attempt);
    await worker.fail(failureOf(delivery));
  }
  await eventually(() => harness.management.storyOf(taskId).includes('dead-lettered'));
  const [failed] = harness.management.ofType('task.failed');
  assert.deepEqual([failed?.data.reason, failed?.data.attempt], ['attempts-exhausted', 3]);
  const [letter] = await harness.sql('select task_id, attempts, reason from dead_letters');
  assert.deepEqual(letter, { task_id: taskId, attempts: 3, reason: 'attempts-exhausted' });
});

test('a long pause is kept by the database clock, and ends by it', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  harness.create({ retry: slow });
  await worker.fail(failureOf(await worker.deliveries.next()));
  assert.equal((await harness.rows('delayed')).length, 1);
  await setDatabaseOffset(harness.database, 3_601_000);
  const heartbeat = worker.heartbeat([], 1);
  assert.equal((await worker.deliveries.next()).attempt, 2);
  await heartbeat.catch(() => undefined);
});

test('a handler may name its own pause', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  harness.create({ retry: slow });
  await worker.fail({ ...failureOf(await worker.deliveries.next()), retryAfterMs: 0 });
  assert.equal((await worker.deliveries.next()).attempt, 2);
});

test('work that is handed back costs no attempt and keeps its place in the queue', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  const first = harness.create({ retry: { ...quick, maxAttempts: 1 } });
  const delivery = await worker.deliveries.next();
  const second = harness.create();
  await eventually(async () => (await harness.rows('waiting')).length === 1);
  await worker.fail(failureOf(delivery, 'released'));
  worker.credit(3);
  const again = [await worker.deliveries.next(), await worker.deliveries.next()];
  assert.deepEqual(
    again.map(({ taskId, attempt }) => [taskId, attempt]),
    [
      [first, 1],
      [second, 1],
    ],
  );
});

test('a task that kills its worker every time ends in the dead letters, its neighbours do not', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 60_000 } });
  const killer = harness.create({ type: 'killer', retry: { ...quick, maxAttempts: 2 } });
  const neighbour = harness.create({ type: 'killer', retry: { ...quick, maxAttempts: 5 } });
  for (const round of [1, 2]) {
    const worker = await harness.worker({ types: ['killer'], credit: 2 });
    const given = [await worker.deliveries.next(), await worker.deliveries.next()];
    assert.deepEqual(
      given.map(({ attempt }) => attempt),
      [round, round],
    );
    worker.vanish();
    await setDatabaseOffset(harness.database, round * 61_000);
    await eventually(() => harness.management.ofType('worker.lost').length === round);
  }
  await eventually(() => harness.management.storyOf(killer).includes('dead-lettered'));
  const [failed] = harness.management.ofType('task.failed');
  assert.equal((failed?.data.error as { code: string }).code, 'worker_lost');
  const worker = await harness.worker({ types: ['killer'], credit: 2 });
  const last = await worker.deliveries.next();
  assert.deepEqual([last.taskId, last.attempt], [neighbour, 3]);
});

test('an attempt that its worker does not end at the deadline is ended for it', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 600_000, overdueGraceMs: 1_000 } });
  const worker = await harness.worker({ credit: 10 });
  harness.create({ retry: quick, timeout: { attemptMs: 30_000 } });
  const first = await worker.deliveries.next();
  assert.equal(first.timeoutMs, 30_000);
  await setDatabaseOffset(harness.database, 32_000);
  assert.deepEqual(await worker.lost.next(), { kind: 'lost', leases: [first.lease], reason: 'timed-out' });
  assert.equal((await worker.deliveries.next()).attempt, 2);
  const [retry] = harness.management.ofType('task.retry-scheduled');
  assert.equal((retry?.data.error as { code: string }).code, 'attempt_timeout');
});

test('the total timeout ends a task that waits for a worker', async () => {
  await using harness = await startHarness();
  const taskId = harness.create({ timeout: { totalMs: 50 } });
  await eventually(() => harness.management.storyOf(taskId).includes('failed'));
  const [failed] = harness.management.ofType('task.failed');
  assert.deepEqual([failed?.data.reason, failed?.data.attempt], ['total-timeout', 0]);
  assert.equal((failed?.data.error as { code: string }).code, 'total_timeout');
  assert.deepEqual(await harness.rows('waiting'), []);
});

test('the total timeout ends a task that waits for its next attempt, and one whose pause would outlast it', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 600_000 } });
  const worker = await harness.worker({ credit: 10 });
  const patient = harness.create({
    retry: { ...slow, initialMs: 60_000, maxMs: 60_000 },
    timeout: { totalMs: 120_000 },
  });
  await worker.fail(failureOf(await worker.deliveries.next()));
  assert.equal((await harness.rows('delayed')).length, 1);
  const hopeless = harness.create({ retry: slow, timeout: { totalMs: 120_000 } });
  await worker.fail(failureOf(await worker.deliveries.next()));
  await eventually(() => harness.management.storyOf(hopeless).includes('failed'));
  // Beyond the total timeout and before the pause ends in the sweep's order: expiry may not lose to staging.
  await harness.sql("update delayed set due_at = due_at + interval '1 day'");
  await setDatabaseOffset(harness.database, 121_000);
  await eventually(() => harness.management.storyOf(patient).includes('failed'));
  for (const { data } of harness.management.ofType('task.failed')) assert.equal(data.reason, 'total-timeout');
});

test('the total timeout ends a task that runs', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 600_000, overdueGraceMs: 0 } });
  const worker = await harness.worker({ credit: 10 });
  const taskId = harness.create({ timeout: { totalMs: 60_000, attemptMs: 90_000 } });
  const delivery = await worker.deliveries.next();
  assert.ok((delivery.timeoutMs ?? 0) <= 60_000);
  await setDatabaseOffset(harness.database, 61_000);
  assert.deepEqual((await worker.lost.next()).leases, [delivery.lease]);
  await eventually(() => harness.management.storyOf(taskId).includes('failed'));
  assert.equal(harness.management.ofType('task.failed')[0]?.data.reason, 'total-timeout');
});
