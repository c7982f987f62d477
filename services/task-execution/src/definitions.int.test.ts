import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '@taskflow/contracts-worker-protocol';
import { eventually, setDatabaseOffset } from '@taskflow/kit-testing';
import { managementEvents } from '../testing/management-double.ts';
import { type Harness, startHarness } from '../testing/service-harness.ts';
import { failureOf, resultOf, type TestWorker } from '../testing/test-worker.ts';

const slow = { maxAttempts: 3, backoff: 'fixed', initialMs: 3_600_000, maxMs: 3_600_000, jitter: 'none' };

async function queuedTasks(harness: Harness, count: number): Promise<void> {
  await eventually(async () => (await harness.rows('waiting')).length === count);
}

/** Creates tasks of both versions in turns, and gives the ids of each. */
function createBoth(harness: Harness, each: number): Record<1 | 2, string[]> {
  const ids = { 1: [] as string[], 2: [] as string[] };
  for (let n = 0; n < each; n += 1) {
    ids[1].push(harness.create({ definition: 'orders@1' }));
    ids[2].push(harness.create({ definition: 'orders@2' }));
  }
  return ids;
}

const take = (worker: TestWorker, count: number) =>
  Promise.all(Array.from({ length: count }, async () => (await worker.deliveries.next()).taskId));

/** Neither holds the other's work, and nothing is left over. */
async function assertDone(harness: Harness, ...workers: TestWorker[]): Promise<void> {
  await queuedTasks(harness, 0);
  for (const worker of workers) assert.equal(worker.deliveries.waiting, 0);
}

test('of two workers that hold different versions each gets only its own, whether the work waited or not', async () => {
  await using harness = await startHarness();
  const waited = createBoth(harness, 10);
  await queuedTasks(harness, 20);
  const one = await harness.worker({ name: 'one', definitions: ['orders@1', 'other@2'], credit: 50 });
  const two = await harness.worker({ name: 'two', definitions: ['orders@2'], credit: 50 });
  assert.deepEqual((await take(one, 10)).sort(), waited[1].sort());
  assert.deepEqual((await take(two, 10)).sort(), waited[2].sort());

  const fresh = createBoth(harness, 10);
  assert.deepEqual((await take(one, 10)).sort(), fresh[1].sort());
  assert.deepEqual((await take(two, 10)).sort(), fresh[2].sort());
  await assertDone(harness, one, two);
});

test('work without a definition goes to any worker of its type, also past work that waits for a version', async () => {
  await using harness = await startHarness();
  const held = harness.create({ definition: 'orders@3', priority: 900 });
  const plain = harness.create();
  await queuedTasks(harness, 2);
  const worker = await harness.worker({ definitions: ['orders@1'], credit: 10 });
  assert.equal((await worker.deliveries.next()).taskId, plain);
  const next = harness.create();
  assert.equal((await worker.deliveries.next()).taskId, next);
  const [row] = await harness.rows('waiting');
  assert.equal(row?.id, held);
  assert.equal(worker.deliveries.waiting, 0);
});

test('a definition that no worker holds waits, is named by its queue, and goes to the first that holds it', async () => {
  await using harness = await startHarness();
  const wrongType = await harness.worker({ types: ['other'], definitions: ['orders@2'], credit: 1 });
  const wrongVersion = await harness.worker({ definitions: ['orders@1'], credit: 1 });
  const taskId = harness.create({ definition: 'orders@2' });
  harness.create({ type: 'nobody' });
  await queuedTasks(harness, 2);
  const queue = async () => (await harness.call('GET', '/api/v1/queues/default')).body;
  await eventually(async () => {
    const { depth, unserved } = await queue();
    assert.deepEqual([depth, unserved], [2, [{ type: 'nobody' }, { type: 'work', definition: 'orders@2' }]]);
    return true;
  });

  const holder = await harness.worker({ definitions: ['orders@2'], credit: 1 });
  assert.equal((await holder.deliveries.next()).taskId, taskId);
  await eventually(async () => {
    assert.deepEqual((await queue()).unserved, [{ type: 'nobody' }]);
    return true;
  });
  assert.equal(wrongType.deliveries.waiting + wrongVersion.deliveries.waiting, 0);
  const { body } = await harness.call('GET', '/api/v1/workers');
  const seen = (body.items as { definitions?: string[] }[]).map(({ definitions }) => definitions);
  assert.deepEqual(seen.sort(), [['orders@1'], ['orders@2'], ['orders@2']]);
});

test('a retry asks for its definition, too, and work keeps it through a lost worker, a pause and a restart', async () => {
  await using harness = await startHarness();
  const first = await harness.worker({ definitions: ['orders@2'], credit: 10 });
  const taskId = harness.create({ definition: 'orders@2', retry: slow });
  const delivery = await first.deliveries.next();
  const done = harness.create({ definition: 'orders@2' });
  await first.complete(resultOf(await first.deliveries.next()));
  harness.management.publish(managementEvents.retryRequested({ taskId: done, definition: 'orders@2' }));
  const again = await first.deliveries.next();
  assert.deepEqual([again.taskId, again.generation], [done, 2]);
  await first.fail(failureOf(delivery), failureOf(again, 'released'));
  first.vanish();

  // One is in its pause, the other one was handed to a worker that is lost; then the service begins anew.
  await setDatabaseOffset(harness.database, 20_000);
  await eventually(() => harness.management.ofType('worker.lost').length === 1);
  await harness.restart();
  await setDatabaseOffset(harness.database, 3_700_000);
  const stranger = await harness.worker({ name: 'stranger', definitions: ['orders@1'], credit: 10 });
  await queuedTasks(harness, 2);
  const plain = harness.create();
  assert.equal((await stranger.deliveries.next()).taskId, plain);
  const second = await harness.worker({ name: 'second', definitions: ['orders@2'], credit: 10 });
  assert.deepEqual((await take(second, 2)).sort(), [taskId, done].sort());
  await assertDone(harness, stranger, second);
});

test('a worker that comes back with another version gets the work of that one', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ definitions: ['orders@1'], credit: 5 });
  const taskId = harness.create({ definition: 'orders@2' });
  await queuedTasks(harness, 1);
  worker.vanish();
  const back = await harness.worker({ session: worker.session, definitions: ['orders@2'], credit: 5 });
  assert.equal(back.session, worker.session);
  assert.equal((await back.deliveries.next()).taskId, taskId);
  const old = harness.create({ definition: 'orders@1' });
  await queuedTasks(harness, 1);
  assert.equal((await harness.rows('waiting'))[0]?.id, old);
});

test('a worker that polls gets its own version, also after a restart of the service', async () => {
  await using harness = await startHarness();
  const call = async (verb: string, body: unknown) => (await harness.call('POST', `/api/v1/worker/${verb}`, body)).body;
  const me = { name: 'poller', types: ['work'], definitions: ['orders@2'], concurrency: 10 };
  const { session } = await call('register', me);
  harness.create({ definition: 'orders@1' });
  const mine = harness.create({ definition: 'orders@2' });
  await queuedTasks(harness, 2);
  const claim = async () => (await call('claim', { session, max: 10, waitMs: 10_000 })).deliveries as Delivery[];
  assert.deepEqual(
    (await claim()).map(({ taskId }) => taskId),
    [mine],
  );
  await harness.restart();
  const later = harness.create({ definition: 'orders@2' });
  assert.deepEqual(
    (await claim()).map(({ taskId }) => taskId),
    [later],
  );
});

test('an event whose definition cannot be read is passed over: its work must not run just anywhere', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 2 });
  const bad = managementEvents.created();
  const good = managementEvents.created({ definition: '' });
  harness.management.publish({ ...bad, data: { ...bad.data, definition: 7 } }, good);
  assert.equal((await worker.deliveries.next()).taskId, good.data.taskId);
  assert.equal(worker.deliveries.waiting, 0);
});
