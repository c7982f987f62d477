import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { subprotocol } from '@taskflow/contracts-worker-protocol';
import { eventually } from '@taskflow/kit-testing';
import { WebSocket } from 'ws';
import { type Harness, startHarness } from '../testing/service-harness.ts';
import { failureOf, resultOf } from '../testing/test-worker.ts';

/** A connection that has not registered, and what it was told at its end. */
async function stranger(harness: Harness) {
  const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/api/v1/worker`, subprotocol);
  const errors: string[] = [];
  socket.on('error', () => undefined);
  socket.on('message', (data) => errors.push((JSON.parse(String(data)) as { code: string }).code));
  await once(socket, 'open');
  const ended = once(socket, 'close').then(([code]) => [...errors, code as number]);
  return { send: (frame: unknown) => socket.send(JSON.stringify(frame)), ended };
}

const lease = '7b0f2d6e-35c1-4c6e-9a3b-1f4d8e2a6c90';
const early = {
  credit: { kind: 'credit', upTo: 5 },
  heartbeat: { kind: 'heartbeat', ref: 1, holds: [], received: 0 },
  progress: { kind: 'progress', items: [{ lease, taskId: lease, fraction: 0.5 }] },
  complete: { kind: 'complete', ref: 1, items: [{ lease, taskId: lease }] },
  fail: { kind: 'fail', ref: 1, items: [{ lease, taskId: lease }] },
};

test('frames before registration are refused by name', async () => {
  await using harness = await startHarness();
  for (const frame of Object.values(early)) {
    const { send, ended } = await stranger(harness);
    send(frame);
    assert.deepEqual(await ended, ['register_expected', 1008]);
  }
});

test('a connection that has not registered cannot make the service hold much', async () => {
  await using harness = await startHarness();
  const { send, ended } = await stranger(harness);
  send({ kind: 'register', name: 'x'.repeat(10 * 1024 * 1024), types: [], concurrency: 1 });
  assert.equal((await ended).at(-1), 1009);
});

test('a worker that says too much of itself is told so, over both transports', async () => {
  await using harness = await startHarness({ bounds: { registrationNames: 1_000 } });
  const names = Array.from({ length: 11 }, (_, n) => `${n}`.padStart(100, 'x'));
  const reported = { name: 'w', types: names, concurrency: 1 };
  const { send, ended } = await stranger(harness);
  send({ kind: 'register', ...reported });
  assert.deepEqual(await ended, ['registration_too_large', 1008]);
  const { status, body } = await harness.call('POST', '/api/v1/worker/register', reported);
  assert.deepEqual([status, body.code], [422, 'registration_too_large']);
});

test('more workers than the service serves are told to come again later', async () => {
  await using harness = await startHarness({ bounds: { sessions: 2 } });
  const [first] = [await harness.worker(), await harness.worker()];
  const reported = { name: 'w', types: ['work'], concurrency: 1 };
  const { send, ended } = await stranger(harness);
  send({ kind: 'register', ...reported });
  assert.deepEqual(await ended, ['overloaded', 1013]);
  const { status, body } = await harness.call('POST', '/api/v1/worker/register', reported);
  assert.deepEqual([status, body.code], [503, 'overloaded']);
  await first.leave();
  await eventually(async () => (await harness.call('POST', '/api/v1/worker/register', reported)).status === 200);
});

test('a frame of too many items is refused as a whole', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker();
  const items = Array.from({ length: 1_001 }, () => ({ lease, taskId: lease }));
  worker.send({ kind: 'complete', ref: 1, items });
  assert.equal((await worker.errors.next()).code, 'invalid_frame');
  assert.equal(await worker.closed.next(), 1008);
});

test('a frame above 16 MiB ends its connection by name, and its report counts when it comes in parts', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  const taskId = harness.create();
  const delivery = await worker.deliveries.next();
  const error = { code: 'x', message: 'm'.repeat(17 * 1024 * 1024) };
  worker.send({ kind: 'fail', ref: 1, items: [{ ...failureOf(delivery), error, class: 'terminal' }] });
  assert.equal(await worker.closed.next(), 1009);
  const back = await harness.worker({ session: worker.session, holds: [delivery.lease] });
  assert.deepEqual(await back.fail({ ...failureOf(delivery), class: 'terminal' }), ['accepted']);
  await eventually(() => harness.management.ofType('task.failed').some(({ data }) => data.taskId === taskId));
});

test('reports with more values than a message may have are refused whole; one alone is judged', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 1 });
  const taskId = harness.create();
  const delivery = await worker.deliveries.next();
  const list = Array.from({ length: 8 }, () => Array.from({ length: 90_000 }, () => 0));
  const items = [resultOf(delivery, list), resultOf(delivery, 1)];
  const answer = await harness.call('POST', '/api/v1/worker/complete', { session: worker.session, items });
  assert.deepEqual([answer.status, answer.body.code], [400, 'too_many_items']);
  assert.deepEqual(await worker.complete(resultOf(delivery, list)), ['accepted']);
  await eventually(() => harness.management.ofType('task.failed').some(({ data }) => data.taskId === taskId));
});

test('a flood of heartbeats is answered, each, and others get their work meanwhile', async () => {
  await using harness = await startHarness();
  const [flooding, other] = [await harness.worker({ types: ['none'] }), await harness.worker({ credit: 1 })];
  for (let ref = 0; ref < 20_000; ref += 1) flooding.send({ kind: 'heartbeat', ref: -ref, holds: [], received: 0 });
  const taskId = harness.create();
  const delivery = await other.deliveries.next();
  assert.equal(delivery.taskId, taskId);
  assert.deepEqual(await other.complete(resultOf(delivery)), ['accepted']);
  assert.deepEqual(await flooding.heartbeat([], 0), []);
});

test('a worker is not read while its reports have too much to be answered', async () => {
  await using harness = await startHarness({ bounds: { wire: { answeringBytes: 1_000 } } });
  const other = await harness.worker({ name: 'other' });
  const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/api/v1/worker`, subprotocol);
  await once(socket, 'open');
  const heard: string[] = [];
  socket.on('message', (data) => heard.push((JSON.parse(String(data)) as { kind: string }).kind));
  const send = (frame: unknown) => socket.send(JSON.stringify(frame));
  send({ kind: 'register', name: 'w', types: ['none'], concurrency: 1 });
  await eventually(() => heard.length === 1);
  await harness.database.transaction(async (tx) => {
    await tx.query({ name: 'hold-leased', text: 'lock table leased in access exclusive mode' });
    // What came in one piece with the first report is read with it: the second one is larger than any piece.
    const result = 'r'.repeat(200_000);
    for (const ref of [1, 2]) send({ kind: 'complete', ref, items: [{ lease, taskId: lease, result }] });
    send({ kind: 'heartbeat', ref: 3, holds: [], received: 0 });
    // Whatever was read of the first connection has been answered by then.
    for (let n = 0; n < 3; n += 1) await other.heartbeat([], 0);
    assert.deepEqual(heard, ['registered']);
  });
  await eventually(() => heard.length === 4);
  assert.deepEqual(heard.toSorted(), ['heartbeat', 'registered', 'settled', 'settled']);
  socket.close();
});

test('a failed attempt weighs as much as the work that is requeued', async () => {
  await using harness = await startHarness({ bounds: { ledgerBytes: 10_000, ledgerWaitingBytes: 1_000_000 } });
  const payload = 'p'.repeat(4_000);
  for (let n = 0; n < 9; n += 1)
    harness.create({ payload, retry: { maxAttempts: 5, backoff: 'fixed', initialMs: 0, maxMs: 0, jitter: 'none' } });
  const worker = await harness.worker({ credit: 9 });
  const deliveries = await Promise.all(Array.from({ length: 9 }, () => worker.deliveries.next()));
  await eventually(() => harness.management.ofType('task.started').length === 9);
  await worker.fail(...deliveries.slice(0, 5).map((delivery) => failureOf(delivery)));
  const items = deliveries.slice(5).map((delivery) => failureOf(delivery));
  await harness.call('POST', '/api/v1/worker/fail', { session: worker.session, items });
  await eventually(() => harness.management.ofType('task.retry-scheduled').length === 9);
  const perEntry = harness.management.entries.map(
    ({ events }) => events.filter(({ type }) => type === 'taskflow.task.retry-scheduled.v1').length,
  );
  assert.ok(
    perEntry.every((count) => count <= 2),
    `retries per transaction: ${perEntry.join(' ')}`,
  );
});

test('work is dispatched in claims of so many bytes until none is left', async () => {
  await using harness = await startHarness({ bounds: { claimBytes: 10_000 } });
  const payload = 'p'.repeat(4_000);
  const ids = Array.from({ length: 30 }, () => harness.create({ payload }));
  await eventually(async () => (await harness.rows('waiting')).length === ids.length);
  const worker = await harness.worker({ credit: 100 });
  const given = await Promise.all(ids.map(() => worker.deliveries.next()));
  assert.deepEqual(given.map(({ taskId }) => taskId).sort(), [...ids].sort());
});

test('a worker that does not read what it is sent leaves the rest to others', async () => {
  await using harness = await startHarness();
  const payload = 'p'.repeat(250_000);
  const ids = Array.from({ length: 120 }, () => harness.create({ payload }));
  await eventually(async () => (await harness.rows('waiting')).length === ids.length, { withinMs: 30_000 });
  const slow = await harness.worker({ name: 'slow', concurrency: 1_000 });
  slow.stopReading();
  slow.credit(1_000);
  await eventually(async () => (await harness.rows('leased')).length > 0);
  const other = await harness.worker({ name: 'other', credit: 1_000 });
  await eventually(async () => (await harness.rows('waiting')).length === 0, { withinMs: 30_000 });
  assert.ok(other.deliveries.waiting >= 20, `${other.deliveries.waiting} went to the one that reads`);
});
