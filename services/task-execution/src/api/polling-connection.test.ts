import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { executionBounds } from '../application/bounds.ts';
import type { Delivery } from '../application/ports/worker-connection.ts';
import { WorkerSession } from '../domain/worker-session.ts';
import { PollingConnection } from './polling-connection.ts';

const capabilities = { tenantId: 't', name: 'w', queues: null, types: ['x'], definitions: [], concurrency: 10 };
const never = new AbortController().signal;

function delivery(n: number): Delivery {
  const reported = { generation: 1, type: 'x', queue: 'q', attempt: 1, payload: 'null', timeoutMs: null, options: {} };
  return { ...reported, n, lease: `lease-${n}`, taskId: `task-${n}` };
}

function polling(leases: readonly string[] = []) {
  const clock = manualClock();
  const session = new WorkerSession('s', capabilities, 0, 0);
  for (const lease of leases) session.restore({ tenantId: 't', taskId: lease, lease, bytes: 1 }, 1, 0);
  return { clock, session, connection: new PollingConnection(clock, session, executionBounds.wire) };
}
const numbers = (deliveries: readonly Delivery[]) => deliveries.map(({ n }) => n);

test('open claims are served in their order, each up to what it asked for', async () => {
  const { connection } = polling();
  const [first, second] = [connection.take(1, 1_000, never), connection.take(5, 1_000, never)];
  assert.equal(connection.wanted, 6);
  connection.deliver([delivery(1), delivery(2), delivery(3)]);
  assert.deepEqual([numbers(await first), numbers(await second)], [[1], [2, 3]]);
  assert.equal(connection.wanted, 0);
});

test('a claim that ends without anything takes no credit of another with it', async () => {
  const { clock, connection } = polling();
  const [short, long] = [connection.take(2, 100, never), connection.take(3, 1_000, never)];
  await clock.advance(150);
  assert.deepEqual(await short, []);
  assert.equal(connection.wanted, 3);
  connection.deliver([delivery(1)]);
  assert.deepEqual(numbers(await long), [1]);
});

test('what no claim took waits for the next one; a caller that has gone takes nothing', async () => {
  const { connection } = polling();
  const gone = new AbortController();
  const lost = connection.take(1, 1_000, gone.signal);
  gone.abort();
  assert.deepEqual(await lost, []);
  connection.deliver([delivery(1), delivery(2)]);
  assert.deepEqual(await connection.take(1, 0, gone.signal), []);
  assert.deepEqual(numbers(await connection.take(1, 0, never)), [1]);
  assert.deepEqual(numbers(await connection.take(9, 0, never)), [2]);
});

test('a delivery is unconfirmed until the worker names its lease, whatever else it says', async () => {
  const { clock, session, connection } = polling(['restored']);
  await clock.advance(100);
  connection.deliver([delivery(1), delivery(2)]);
  await connection.take(2, 0, never);
  const nothingMore = connection.take(2, 0, never);
  await clock.advance(100);
  assert.deepEqual(await nothingMore, []);
  connection.heardOf(['lease-2']);
  session.seenAt = clock.monotonic();
  assert.deepEqual(connection.unconfirmedFor(150), ['restored']);
  assert.deepEqual(connection.unconfirmedFor(100), ['restored', 'lease-1']);
  connection.reportLost(['restored']);
  assert.deepEqual(connection.unconfirmedFor(100), ['lease-1']);
});

test('a worker that was not heard for the span after a dispatch may have been killed by it: nothing is unconfirmed', async () => {
  const { clock, session, connection } = polling();
  connection.deliver([delivery(1)]);
  await connection.take(1, 0, never);
  await clock.advance(99);
  session.seenAt = clock.monotonic();
  await clock.advance(1);
  assert.deepEqual(connection.unconfirmedFor(100), []);
  const asking = connection.take(1, 1_000, never);
  assert.deepEqual(connection.unconfirmedFor(100), ['lease-1'], 'one that asks lives');
  connection.close();
  await asking;
  session.seenAt = clock.monotonic();
  assert.deepEqual(connection.unconfirmedFor(100), ['lease-1'], 'one that was heard a span after it lived through it');
  assert.deepEqual(connection.unconfirmedFor(101), []);
});
