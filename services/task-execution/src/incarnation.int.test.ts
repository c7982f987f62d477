import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '@taskflow/contracts-worker-protocol';
import { eventually } from '@taskflow/kit-testing';
import { type Harness, startHarness } from '../testing/service-harness.ts';
import { resultOf } from '../testing/test-worker.ts';

/** Leaves the database as a crash does that takes an asynchronous dispatch back. */
async function takeDispatchesBack(harness: Harness): Promise<void> {
  await harness.sql(`with taken as (delete from leased returning *)
    insert into waiting (tenant_id, id, seq, queue, type, definition, priority, attempt, generation, queued_at, payload)
    select tenant_id, id, seq, queue, type, definition, priority, attempt, generation, queued_at, payload from taken`);
  harness.beginAnotherRun();
}

test('given a crash took the claim of a worker of one slot back, then its slot is free and the task runs again', async () => {
  await using harness = await startHarness();
  const call = (verb: string, body: unknown) => harness.call('POST', `/api/v1/worker/${verb}`, body);
  const { session } = (await call('register', { name: 'one', types: ['work'], concurrency: 1 })).body;
  const claim = async () => (await call('claim', { session, max: 1, waitMs: 5_000 })).body.deliveries as Delivery[];
  const taskId = harness.create();
  const [first] = await claim();
  assert.ok(first);
  await takeDispatchesBack(harness);
  const beat = await call('heartbeat', { session, holds: [first.lease], received: 1 });
  assert.deepEqual(beat.body, { lost: [first.lease] });
  const [again] = await claim();
  assert.ok(again);
  assert.deepEqual([again.taskId, again.attempt], [taskId, 1]);
  await call('complete', { session, items: [resultOf(again)] });
  const next = harness.create();
  assert.equal((await claim())[0]?.taskId, next);
});

test('given another run of the database, then connected workers come back with what they hold and learn what they lost', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  const taskId = harness.create();
  const lost = await worker.deliveries.next();
  await takeDispatchesBack(harness);
  assert.equal(await worker.closed.next(), 1012);
  const back = await harness.worker({ session: worker.session, holds: [lost.lease], credit: 1 });
  assert.deepEqual([back.session, back.registered.lost], [worker.session, [lost.lease]]);
  const again = await back.deliveries.next();
  assert.equal(again.taskId, taskId);
  assert.deepEqual(await back.complete(resultOf(lost), resultOf(again)), ['superseded', 'accepted']);
  await eventually(() => harness.management.ofType('task.completed').length === 1);
});

test('a lease that the database calls superseded fills no slot, whatever memory says', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ concurrency: 1, credit: 100 });
  harness.create();
  const delivery = await worker.deliveries.next();
  await harness.sql('delete from leased');
  assert.deepEqual(await worker.complete(resultOf(delivery)), ['superseded']);
  assert.equal((await harness.workerNamed('worker'))?.slots.busy, 0);
  const next = harness.create();
  assert.equal((await worker.deliveries.next()).taskId, next);
});
