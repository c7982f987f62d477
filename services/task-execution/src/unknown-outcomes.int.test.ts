import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '@taskflow/contracts-worker-protocol';
import { eventually, setDatabaseOffset } from '@taskflow/kit-testing';
import { managementEvents } from '../testing/management-double.ts';
import { type Harness, startHarness } from '../testing/service-harness.ts';
import { failureOf, resultOf, type TestWorker } from '../testing/test-worker.ts';

/** Sessions outlive every leap of time that is not about them. */
const settings = { leaseMs: 600_000, overdueGraceMs: 1_000 };
const slow = { maxAttempts: 3, backoff: 'fixed', initialMs: 3_600_000, maxMs: 3_600_000, jitter: 'none' };
const once = { ...slow, maxAttempts: 1 };
const timedOut = (delivery: Delivery) => ({
  ...failureOf(delivery),
  error: { code: 'attempt_timeout', message: 'too long' },
});

/** What the task's end says of its outcome; a known one is not mentioned, not even as false. */
async function outcomeOf(harness: Harness, taskId: string): Promise<unknown> {
  const { management } = harness;
  const ends = () =>
    [...management.ofType('task.failed'), ...management.ofType('task.execution-cancelled')]
      .map(({ data }) => data)
      .filter((data) => data.taskId === taskId);
  await eventually(() => ends().length > 0);
  const [end = {}, ...others] = ends();
  assert.deepEqual(others, []);
  return 'outcomeUnknown' in end ? end.outcomeUnknown : 'known';
}

function cancel(harness: Harness, taskId: string): Promise<unknown> {
  harness.management.publish(managementEvents.cancelRequested(taskId));
  return outcomeOf(harness, taskId);
}

/** A task that its worker began. */
async function begun(harness: Harness, task: Record<string, unknown> = {}) {
  const worker = await harness.worker({ credit: 1 });
  const taskId = harness.create(task);
  return { worker, taskId, delivery: await worker.deliveries.next() };
}

async function loseWorker(harness: Harness, worker: TestWorker): Promise<void> {
  worker.vanish();
  await harness.sql("update sessions set expires_at = taskflow_now() - interval '1 s' where id = $1", [worker.session]);
  await eventually(() => harness.management.ofType('worker.lost').some(({ data }) => data.session === worker.session));
}

async function inTable(harness: Harness, table: 'waiting' | 'delayed', taskId: string): Promise<void> {
  await eventually(async () => (await harness.rows(table)).some(({ id }) => id === taskId));
}

test('work that never began ends with a known outcome: cancelled while queued, on arrival, or by its total timeout', async () => {
  await using harness = await startHarness({ settings });
  const queuedTasks = harness.create();
  await inTable(harness, 'waiting', queuedTasks);
  assert.equal(await cancel(harness, queuedTasks), 'known');
  const arriving = managementEvents.created();
  const arrivingId = String(arriving.data.taskId);
  harness.management.publish(arriving, managementEvents.cancelRequested(arrivingId));
  assert.equal(await outcomeOf(harness, arrivingId), 'known');
  assert.equal(await outcomeOf(harness, harness.create({ timeout: { totalMs: 50 } })), 'known');
});

test('what a handler reported is known: a failure, and whatever ends the pause after it', async () => {
  await using harness = await startHarness({ settings });
  const terminal = await begun(harness);
  await terminal.worker.fail(failureOf(terminal.delivery, 'terminal'));
  assert.equal(await outcomeOf(harness, terminal.taskId), 'known');
  const last = await begun(harness, { retry: once });
  await last.worker.fail(failureOf(last.delivery));
  assert.equal(await outcomeOf(harness, last.taskId), 'known');
  const paused = await begun(harness, { retry: slow });
  await paused.worker.fail(failureOf(paused.delivery));
  await inTable(harness, 'delayed', paused.taskId);
  assert.equal(await cancel(harness, paused.taskId), 'known');
});

test('given the word of a handler is refused, then the outcome is unknown: it may have done its work', async () => {
  await using harness = await startHarness({ settings });
  const sized = async (bytes: number) => {
    const { worker, taskId, delivery } = await begun(harness);
    assert.deepEqual(await worker.complete(resultOf(delivery, 'r'.repeat(bytes))), ['accepted']);
    return outcomeOf(harness, taskId);
  };
  assert.equal(await sized(256 * 1024), true);
  assert.equal(await sized(9 * 1024 * 1024), true);
  const unreadable = await begun(harness);
  const odd = { ...resultOf(unreadable.delivery), surprise: true };
  await unreadable.worker.complete(odd);
  assert.equal(await outcomeOf(harness, unreadable.taskId), true);
  const unsendable = await begun(harness);
  const error = { code: 'result_not_serialisable', message: 'a function' };
  await unsendable.worker.fail({ ...failureOf(unsendable.delivery, 'terminal'), error });
  assert.equal(await outcomeOf(harness, unsendable.taskId), true);
});

test('a cancel of running work leaves its outcome unknown', async () => {
  await using harness = await startHarness({ settings });
  const { taskId } = await begun(harness);
  assert.equal(await cancel(harness, taskId), true);
});

test('given its worker was lost, then the outcome is unknown: at the last attempt, and for as long as it waits', async () => {
  await using harness = await startHarness({ settings });
  const last = await begun(harness, { retry: once });
  await loseWorker(harness, last.worker);
  assert.equal(await outcomeOf(harness, last.taskId), true);

  const waiting = await begun(harness);
  await loseWorker(harness, waiting.worker);
  await inTable(harness, 'waiting', waiting.taskId);
  assert.equal(await cancel(harness, waiting.taskId), true);

  const expiring = await begun(harness, { timeout: { totalMs: 60_000 } });
  await loseWorker(harness, expiring.worker);
  await inTable(harness, 'waiting', expiring.taskId);
  await setDatabaseOffset(harness.database, 61_000);
  assert.equal(await outcomeOf(harness, expiring.taskId), true);
});

/** The worker of the first attempt is lost, and another one begins the second. */
async function begunAgain(harness: Harness, task: Record<string, unknown> = {}) {
  const first = await begun(harness, task);
  await loseWorker(harness, first.worker);
  const worker = await harness.worker({ name: 'other', credit: 1 });
  const delivery = await worker.deliveries.next();
  assert.deepEqual([delivery.taskId, delivery.attempt], [first.taskId, 2]);
  return { worker, taskId: first.taskId, delivery };
}

test('given the first worker was lost, when another one tells how it ended, then the outcome stays unknown', async () => {
  await using harness = await startHarness({ settings });
  const terminal = await begunAgain(harness);
  await terminal.worker.fail(failureOf(terminal.delivery, 'terminal'));
  assert.equal(await outcomeOf(harness, terminal.taskId), true);

  const last = await begunAgain(harness, { retry: { ...slow, maxAttempts: 2 } });
  await last.worker.fail(failureOf(last.delivery));
  assert.equal(await outcomeOf(harness, last.taskId), true);

  const completed = await begunAgain(harness);
  await completed.worker.complete(resultOf(completed.delivery));
  await eventually(() => harness.management.storyOf(completed.taskId).at(-1) === 'completed');
  const completion = harness.management.ofType('task.completed').at(-1);
  assert.ok(completion && !('outcomeUnknown' in completion.data));
});

test('given the first worker was lost, then no pause and no queue after a known failure makes it forgotten', async () => {
  await using harness = await startHarness({ settings });
  const paused = await begunAgain(harness, { retry: slow });
  await paused.worker.fail(failureOf(paused.delivery));
  await inTable(harness, 'delayed', paused.taskId);
  assert.equal(await cancel(harness, paused.taskId), true);

  const queuedTasks = await begunAgain(harness, { retry: { ...slow, initialMs: 0, maxMs: 0 } });
  await queuedTasks.worker.fail(failureOf(queuedTasks.delivery));
  await inTable(harness, 'waiting', queuedTasks.taskId);
  assert.equal(await cancel(harness, queuedTasks.taskId), true);

  const staged = await begunAgain(harness, { retry: { ...slow, initialMs: 60_000 } });
  await staged.worker.fail(failureOf(staged.delivery));
  await inTable(harness, 'delayed', staged.taskId);
  await setDatabaseOffset(harness.database, 61_000);
  staged.worker.credit(2);
  const third = await staged.worker.deliveries.next();
  assert.equal(third.attempt, 3);
  await staged.worker.fail(failureOf(third, 'terminal'));
  assert.equal(await outcomeOf(harness, staged.taskId), true);
});

test('given the first worker was lost, then the outcome stays unknown in a queue with a limit', async () => {
  await using harness = await startHarness({ settings });
  assert.equal((await harness.call('PATCH', '/api/v1/queues/narrow', { concurrency: 1 })).status, 200);
  const worker = await harness.worker({ queues: ['narrow'], credit: 1 });
  const taskId = harness.create({ queue: 'narrow' });
  await worker.deliveries.next();
  await loseWorker(harness, worker);
  const other = await harness.worker({ name: 'other', queues: ['narrow'], credit: 1 });
  await other.fail(failureOf(await other.deliveries.next(), 'terminal'));
  assert.equal(await outcomeOf(harness, taskId), true);
});

test('an attempt that the service had to end is of unknown outcome, also in the pause after it and requeued', async () => {
  await using harness = await startHarness({ settings });
  const timeout = { attemptMs: 30_000 };
  const tasks = [
    await begun(harness, { timeout, retry: once }),
    await begun(harness, { timeout, retry: slow }),
    await begun(harness, { timeout, retry: { ...slow, initialMs: 60_000 } }),
  ] as const;
  const [last, paused, staged] = tasks.map(({ taskId }) => taskId) as [string, string, string];
  await setDatabaseOffset(harness.database, 32_000);
  assert.equal(await outcomeOf(harness, last), true);
  await inTable(harness, 'delayed', paused);
  assert.equal(await cancel(harness, paused), true);
  await setDatabaseOffset(harness.database, 100_000);
  await inTable(harness, 'waiting', staged);
  assert.equal(await cancel(harness, staged), true);
});

test('a worker that gave up on its handler at the limit knows no more: at the last attempt, in the pause, and queued', async () => {
  await using harness = await startHarness({ settings });
  const last = await begun(harness, { retry: once });
  await last.worker.fail(timedOut(last.delivery));
  assert.equal(await outcomeOf(harness, last.taskId), true);
  const paused = await begun(harness, { retry: slow });
  await paused.worker.fail(timedOut(paused.delivery));
  await inTable(harness, 'delayed', paused.taskId);
  assert.equal(await cancel(harness, paused.taskId), true);
  const queuedTasks = await begun(harness, { retry: { ...slow, initialMs: 0, maxMs: 0 } });
  await queuedTasks.worker.fail(timedOut(queuedTasks.delivery));
  await inTable(harness, 'waiting', queuedTasks.taskId);
  assert.equal(await cancel(harness, queuedTasks.taskId), true);
});

test('the total timeout of running work leaves its outcome unknown', async () => {
  await using harness = await startHarness({ settings: { ...settings, overdueGraceMs: 0 } });
  const { taskId } = await begun(harness, { timeout: { totalMs: 60_000 } });
  await setDatabaseOffset(harness.database, 61_000);
  assert.equal(await outcomeOf(harness, taskId), true);
});

test('work that was handed back may have begun: until the next attempt its outcome is unknown', async () => {
  await using harness = await startHarness({ settings });
  const { worker, taskId, delivery } = await begun(harness);
  await worker.fail(failureOf(delivery, 'released'));
  await inTable(harness, 'waiting', taskId);
  assert.equal(await cancel(harness, taskId), true);
});

test('a new generation begins with a known outcome', async () => {
  await using harness = await startHarness({ settings });
  const { taskId } = await begun(harness);
  assert.equal(await cancel(harness, taskId), true);
  harness.management.publish(managementEvents.retryRequested({ taskId }));
  await inTable(harness, 'waiting', taskId);
  harness.management.publish(managementEvents.cancelRequested(taskId, 2));
  const ends = () => harness.management.ofType('task.execution-cancelled');
  await eventually(() => ends().length === 2);
  assert.deepEqual(
    ends().map(({ data }) => [data.generation, data.outcomeUnknown]),
    [
      [1, true],
      [2, undefined],
    ],
  );
});

test('the service remembers over a restart which outcomes are unknown', async () => {
  await using harness = await startHarness({ settings });
  const paused = await begun(harness, { retry: slow });
  await paused.worker.fail(timedOut(paused.delivery));
  const lost = await begun(harness);
  await loseWorker(harness, lost.worker);
  await inTable(harness, 'waiting', lost.taskId);
  await harness.restart();
  assert.equal(await cancel(harness, paused.taskId), true);
  assert.equal(await cancel(harness, lost.taskId), true);
});

test('the service remembers over a restart that an earlier attempt was lost, also of work that runs meanwhile', async () => {
  await using harness = await startHarness({ settings });
  const paused = await begunAgain(harness, { retry: slow });
  await paused.worker.fail(failureOf(paused.delivery));
  await inTable(harness, 'delayed', paused.taskId);
  const running = await begunAgain(harness);
  await harness.restart();
  assert.equal(await cancel(harness, paused.taskId), true);
  const { session } = running.worker;
  const back = await harness.worker({ name: 'other', session, holds: [running.delivery.lease] });
  assert.equal(back.session, session);
  assert.deepEqual(await back.fail(failureOf(running.delivery, 'terminal')), ['accepted']);
  assert.equal(await outcomeOf(harness, running.taskId), true);
});

test('given an attempt was lost, when the failed task runs again, then what its handler reports is known', async () => {
  await using harness = await startHarness({ settings });
  const { worker, taskId, delivery } = await begunAgain(harness);
  await worker.fail(failureOf(delivery, 'terminal'));
  assert.equal(await outcomeOf(harness, taskId), true);
  harness.management.publish(managementEvents.retryRequested({ taskId }));
  worker.credit(2);
  await worker.fail(failureOf(await worker.deliveries.next(), 'terminal'));
  const ends = () => harness.management.ofType('task.failed');
  await eventually(() => ends().length === 2);
  assert.deepEqual(
    ends().map(({ data }) => [data.generation, data.outcomeUnknown]),
    [
      [1, true],
      [2, undefined],
    ],
  );
});

test('given cancels race completions, then each task ends once, and each cancelled one with an unknown outcome', async () => {
  await using harness = await startHarness({ settings });
  const worker = await harness.worker({ credit: 200, concurrency: 200 });
  const ids = Array.from({ length: 200 }, () => harness.create());
  const deliveries = await Promise.all(ids.map(() => worker.deliveries.next()));
  const reports = deliveries.map((delivery, index) => {
    harness.management.publish(managementEvents.cancelRequested(delivery.taskId));
    return worker.complete(resultOf(delivery, index));
  });
  const verdicts = (await Promise.all(reports)).flat();
  const { management } = harness;
  await eventually(
    () => management.ofType('task.completed').length + management.ofType('task.execution-cancelled').length === 200,
  );
  const completed = new Set(management.ofType('task.completed').map(({ data }) => data.taskId));
  const cancelled = management.ofType('task.execution-cancelled');
  assert.equal(verdicts.filter((outcome) => outcome === 'accepted').length, completed.size);
  for (const { data } of cancelled) {
    assert.ok(!completed.has(data.taskId));
    assert.equal(data.outcomeUnknown, true);
  }
});
