import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, setDatabaseOffset } from '@taskflow/kit-testing';
import type { Delivery } from '@taskflow/contracts-worker-protocol';
import { type Harness, startHarness } from '../testing/service-harness.ts';
import { failureOf, resultOf } from '../testing/test-worker.ts';

function verbs(harness: Harness) {
  const call = (verb: string, body: unknown) => harness.call('POST', `/api/v1/worker/${verb}`, body);
  return {
    call,
    register: async (over: Record<string, unknown> = {}) =>
      String((await call('register', { name: 'poller', types: ['work'], concurrency: 10, ...over })).body.session),
    claim: async (session: string, max = 10, waitMs = 5_000) =>
      (await call('claim', { session, max, waitMs })).body.deliveries as Delivery[],
  };
}

test('a worker that speaks plain HTTP takes, beats, completes and fails', async () => {
  await using harness = await startHarness();
  const { call, register, claim } = verbs(harness);
  const session = await register();
  const ids = [harness.create({ payload: { n: 1 } }), harness.create(), harness.create()];
  const given: Delivery[] = [];
  while (given.length < 3) given.push(...(await claim(session)));
  assert.deepEqual(given.map(({ taskId }) => taskId).sort(), [...ids].sort());
  const [first, second, third] = given as [Delivery, Delivery, Delivery];

  const beat = await call('heartbeat', { session, holds: given.map(({ lease }) => lease), received: 3 });
  assert.deepEqual(beat.body, { lost: [] });
  const done = await call('complete', { session, items: [resultOf(first, 1), resultOf(first, 2), resultOf(second)] });
  assert.deepEqual(done.body.outcomes, [
    { lease: first.lease, outcome: 'accepted' },
    { lease: first.lease, outcome: 'superseded' },
    { lease: second.lease, outcome: 'accepted' },
  ]);
  const failed = await call('fail', { session, items: [failureOf(third, 'terminal')] });
  assert.deepEqual(failed.body.outcomes, [{ lease: third.lease, outcome: 'accepted' }]);
  await eventually(() => harness.management.ofType('task.failed').length === 1);
});

test('a claim waits for the first task, and gives no more than was asked for', async () => {
  await using harness = await startHarness();
  const { register, claim } = verbs(harness);
  const session = await register();
  const waiting = claim(session, 1, 20_000);
  await eventually(async () => (await harness.sql('select 1 from sessions')).length === 1);
  const first = harness.create();
  assert.deepEqual(
    (await waiting).map(({ taskId }) => taskId),
    [first],
  );
  harness.create();
  await eventually(async () => (await harness.rows('waiting')).length === 1);
  assert.equal((await claim(session, 1, 0)).length, 1);
  assert.deepEqual(await claim(session, 1, 0), []);
});

test('a claim is a sign of life, also while it waits', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 600, heartbeatMs: 100 } });
  const { register, claim } = verbs(harness);
  const session = await register();
  assert.deepEqual(await claim(session, 1, 2_000), []);
  assert.deepEqual(await claim(session, 1, 0), []);
  assert.equal(harness.management.ofType('worker.lost').length, 0);
});

test('what an answer never brought to its worker is given back after a lease', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 300, heartbeatMs: 100 } });
  const { call, register, claim } = verbs(harness);
  const session = await register();
  harness.create();
  const [lost] = await claim(session);
  await eventually(async () => {
    await call('heartbeat', { session, holds: [], received: 0 });
    const [again] = await claim(session, 1, 0);
    return again && again.lease !== lost?.lease && again.attempt === 1;
  });
});

test('a session that is unknown or has expired is refused by name', async () => {
  await using harness = await startHarness();
  const { call, register } = verbs(harness);
  const stranger = '00000000-0000-4000-8000-000000000009';
  assert.equal((await call('claim', { session: stranger, max: 1 })).body.code, 'session_lost');
  const session = await register();
  await setDatabaseOffset(harness.database, 16_000);
  await eventually(() => harness.management.ofType('worker.lost').length === 1);
  const beat = await call('heartbeat', { session, holds: [], received: 0 });
  assert.deepEqual([beat.status, beat.body.code], [409, 'session_lost']);
});

test('a worker that polls goes on after a restart of the service', async () => {
  await using harness = await startHarness();
  const { call, register, claim } = verbs(harness);
  const session = await register();
  harness.create();
  const [delivery] = await claim(session);
  assert.ok(delivery);
  await harness.restart();
  const again = verbs(harness);
  const beat = await again.call('heartbeat', { session, holds: [delivery.lease], received: 1 });
  assert.deepEqual(beat.body, { lost: [] });
  const done = await again.call('complete', { session, items: [resultOf(delivery)] });
  assert.deepEqual(done.body.outcomes, [{ lease: delivery.lease, outcome: 'accepted' }]);
  assert.ok(call);
});

test('claims that overlap are each served: none takes the credit of the other', async () => {
  await using harness = await startHarness();
  const { register, claim } = verbs(harness);
  const session = await register({ concurrency: 5 });
  const claims = [claim(session, 1, 20_000), claim(session, 1, 20_000)];
  await eventually(async () => (await harness.workerNamed('poller'))?.connected);
  const ids = [harness.create(), harness.create()];
  const given = (await Promise.all(claims)).map(([delivery]) => delivery?.taskId);
  assert.deepEqual(given.sort(), ids.sort());
});

test('a claim that ends leaves the credit of another one alone', async () => {
  await using harness = await startHarness();
  const { register, claim } = verbs(harness);
  const session = await register({ concurrency: 5 });
  const patient = claim(session, 1, 20_000);
  assert.deepEqual(await claim(session, 1, 50), []);
  const taskId = harness.create();
  assert.equal((await patient)[0]?.taskId, taskId);
});

test('a session has at most as many claims open as is sensible', async () => {
  await using harness = await startHarness();
  const { call, register } = verbs(harness);
  const session = await register({ concurrency: 500 });
  const open = Array.from({ length: 110 }, () => call('claim', { session, max: 1, waitMs: 5_000 }));
  const codes = (await Promise.all(open)).map(({ status, body }) => `${status} ${body.code ?? ''}`);
  assert.equal(codes.filter((code) => code === '429 too_many_claims').length, 10);
});

test('given the answer of a claim is lost and its worker only claims, then the task is handed out again', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 600, heartbeatMs: 100 } });
  const { register, claim } = verbs(harness);
  const session = await register();
  const taskId = harness.create();
  // The answer counts as lost: nothing that the worker says from now on shows that it knows the lease.
  const [lost] = await claim(session);
  const again = await eventually(async () => (await claim(session, 1, 300))[0]);
  assert.ok(again);
  assert.deepEqual([again.taskId, again.attempt], [taskId, 1]);
  assert.notEqual(again.lease, lost?.lease);
  assert.equal(harness.management.ofType('worker.lost').length, 0);
});

test('given each worker that claims a task dies of it without a word, then the task uses up its attempts', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 300, heartbeatMs: 100 } });
  const { register, claim } = verbs(harness);
  const retry = { maxAttempts: 2, backoff: 'fixed', initialMs: 1, maxMs: 1, jitter: 'none' };
  const taskId = harness.create({ retry });
  for (const attempt of [1, 2]) {
    const session = await register();
    const delivery = await eventually(async () => (await claim(session))[0]);
    assert.deepEqual([delivery?.taskId, delivery?.attempt], [taskId, attempt]);
  }
  const failed = await eventually(() => harness.management.ofType('task.failed')[0]);
  assert.equal(failed?.data.taskId, taskId);
  assert.equal((failed?.data.error as { code: string }).code, 'worker_lost');
});

test('a session that ended while its worker came back with it is not remembered for ever', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 200, heartbeatMs: 100 } });
  await verbs(harness).register({ name: 'ended' });
  assert.ok(await harness.workerNamed('ended'));
  await harness.sql('delete from sessions');
  await eventually(async () => (await harness.workerNamed('ended')) === undefined);
});

test('a worker that names what it holds keeps it for longer than a lease, by heartbeat or by claim', async () => {
  await using harness = await startHarness({ settings: { leaseMs: 2_000, heartbeatMs: 500 } });
  const { call, register, claim } = verbs(harness);
  const [beating, claiming] = [await register(), await register()];
  const [first, second] = [harness.create(), harness.create()];
  const [one] = await claim(beating, 1);
  const [two] = await claim(claiming, 1);
  assert.deepEqual([one?.taskId, two?.taskId].sort(), [first, second].sort());
  const ended = Date.now() + 2_700;
  await eventually(async () => {
    const beat = await call('heartbeat', { session: beating, holds: [one?.lease], received: 1 });
    const asked = await call('claim', { session: claiming, max: 1, waitMs: 50, holds: [two?.lease] });
    assert.deepEqual([beat.body, asked.body], [{ lost: [] }, { deliveries: [], lost: [] }]);
    return Date.now() > ended;
  });
  const done = await call('complete', {
    session: beating,
    items: [one, two].map((held) => resultOf(held as Delivery)),
  });
  assert.deepEqual(
    new Set((done.body.outcomes as { outcome: string }[]).map(({ outcome }) => outcome)),
    new Set(['accepted']),
  );
});

test('a worker that registers again with its session gets work again', async () => {
  await using harness = await startHarness();
  const { call, register, claim } = verbs(harness);
  const session = await register();
  assert.equal(await register({ session, holds: [] }), session);
  const taskId = harness.create();
  assert.equal((await claim(session))[0]?.taskId, taskId);
  assert.ok(call);
});

test('no id of a session is shown: whoever knew it could go on in the place of its worker', async () => {
  await using harness = await startHarness();
  const { register } = verbs(harness);
  const session = await register();
  assert.ok(!JSON.stringify((await harness.call('GET', '/api/v1/workers')).body).includes(session));
});

test('ids in capitals name the same session, task and lease', async () => {
  await using harness = await startHarness();
  const { call, register, claim } = verbs(harness);
  const session = (await register({ concurrency: 1 })).toUpperCase();
  const taskId = harness.create();
  const [delivery] = await claim(session);
  assert.ok(delivery);
  const lease = delivery.lease.toUpperCase();
  assert.deepEqual((await call('heartbeat', { session, holds: [lease], received: 1 })).body, { lost: [] });
  const done = await call('complete', { session, items: [{ lease, taskId: taskId.toUpperCase(), result: 1 }] });
  assert.deepEqual(done.body.outcomes, [{ lease: delivery.lease, outcome: 'accepted' }]);
  await eventually(() => harness.management.storyOf(taskId).includes('completed'));
  const next = harness.create();
  assert.equal((await claim(session))[0]?.taskId, next, 'its slot is free again');
});

test('an item that names no attempt is told of by its place, and the rest of the batch is settled', async () => {
  await using harness = await startHarness();
  const { call, register, claim } = verbs(harness);
  const session = await register();
  harness.create();
  const [delivery] = await claim(session);
  assert.ok(delivery);
  const done = await call('complete', { session, items: [{ result: 1 }, resultOf(delivery)] });
  assert.deepEqual(done.body, { outcomes: [{ lease: delivery.lease, outcome: 'accepted' }], unreadable: [0] });
});

test('requests that are not the protocol are refused by name, and nothing is written', async () => {
  await using harness = await startHarness();
  const { call, register } = verbs(harness);
  const session = await register();
  const nameless = await call('complete', { session, items: [{ result: 1 }] });
  assert.deepEqual([nameless.status, nameless.body.code], [422, 'invalid_report']);
  assert.equal((await call('register', { name: 'x', types: [], concurrency: 0 })).status, 422);
  assert.equal((await call('claim', { session, max: 0 })).status, 422);
  assert.equal((await call('progress', { session, items: [] })).status, 422);
});

test('slots of handlers that outlive their attempts are busy until a heartbeat says otherwise', async () => {
  await using harness = await startHarness();
  const { call, register } = verbs(harness);
  const session = await register();
  const busy = async () => {
    const [worker] = (await harness.call('GET', '/api/v1/workers')).body.items as { slots: { busy: number } }[];
    return worker?.slots.busy;
  };
  await call('heartbeat', { session, holds: [], received: 0, occupied: 3 });
  assert.equal(await busy(), 3);
  await call('heartbeat', { session, holds: [], received: 0 });
  assert.equal(await busy(), 0);
});
