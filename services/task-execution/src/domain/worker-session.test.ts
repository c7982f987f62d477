import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerSession } from './worker-session.ts';

const capabilities = { tenantId: 't', name: 'w', queues: null, types: ['x'], definitions: [], concurrency: 10 };
const ref = (lease: string) => ({ tenantId: 't', taskId: `task-${lease}`, lease, bytes: 1 });

function connected(credit: number): WorkerSession {
  const session = new WorkerSession('s', capabilities, 0, 0);
  session.connect();
  session.grant(credit);
  return session;
}
function give(session: WorkerSession, lease: string, at = 0) {
  session.reserve();
  return session.hold(ref(lease), 1, at);
}

test('credit is cumulative: a repeated grant adds nothing, a later one the difference', () => {
  const session = connected(3);
  give(session, 'a');
  give(session, 'b');
  session.grant(3);
  assert.equal(session.free, 1);
  session.grant(5);
  assert.equal(session.free, 3);
});

test('what is reserved is not free, and comes back when it is not used', () => {
  const session = connected(2);
  session.reserve();
  session.reserve();
  assert.equal(session.free, 0);
  session.unreserve();
  assert.equal(session.free, 1);
});

test('deliveries are numbered from 1 on every connection, and a new connection has no credit', () => {
  const session = connected(5);
  assert.equal(give(session, 'a').n, 1);
  assert.equal(give(session, 'b').n, 2);
  session.disconnect();
  assert.equal(session.free, 0);
  session.connect();
  assert.equal(session.free, 0);
  session.grant(1);
  assert.equal(give(session, 'c').n, 1);
});

test('what the worker says that it holds and does not have is lost', () => {
  const session = connected(5);
  give(session, 'a');
  give(session, 'b');
  session.drop('a');
  assert.deepEqual(session.lostOf(['a', 'b', 'never-seen']), ['a', 'never-seen']);
});

test('a delivery that is still on its way is not missing; a received one that is not held is', () => {
  const session = connected(5);
  give(session, 'a', 100);
  give(session, 'b', 100);
  const missing = (holds: string[], received: number, sentBefore = 0) =>
    session.missingFrom(holds, received, sentBefore).map(({ lease }) => lease);
  assert.deepEqual(missing([], 1), ['a']);
  assert.deepEqual(missing(['a'], 2), ['b']);
  assert.deepEqual(missing([], 0), []);
});

test('a delivery that was sent a lease ago and never received is missing', () => {
  const session = connected(5);
  give(session, 'a', 100);
  assert.deepEqual(
    session.missingFrom([], 0, 101).map(({ lease }) => lease),
    ['a'],
  );
});

test('it serves its own tenant, its types, and every queue unless it names some', () => {
  const all = connected(0);
  const some = new WorkerSession('s2', { ...capabilities, queues: ['q'] }, 0, 0);
  assert.ok(all.serves({ tenantId: 't', queue: 'any', type: 'x', definition: '' }));
  assert.ok(!all.serves({ tenantId: 'other', queue: 'any', type: 'x', definition: '' }));
  assert.ok(!all.serves({ tenantId: 't', queue: 'any', type: 'y', definition: '' }));
  assert.ok(some.serves({ tenantId: 't', queue: 'q', type: 'x', definition: '' }));
  assert.ok(!some.serves({ tenantId: 't', queue: 'other', type: 'x', definition: '' }));
});

test('it serves work of a definition only when it holds that very version, and other work whatever it holds', () => {
  const holder = new WorkerSession('s3', { ...capabilities, definitions: ['orders@2'] }, 0, 0);
  const partition = { tenantId: 't', queue: 'any', type: 'x' };
  assert.ok(holder.serves({ ...partition, definition: '' }));
  assert.ok(holder.serves({ ...partition, definition: 'orders@2' }));
  assert.ok(!holder.serves({ ...partition, definition: 'orders@1' }));
  assert.ok(!holder.serves({ ...partition, type: 'y', definition: 'orders@2' }));
  assert.ok(!connected(0).serves({ ...partition, definition: 'orders@2' }));
});

test('credit beyond the slots draws no work: what is in hand and not reported counts', () => {
  const session = connected(1_000);
  assert.equal(session.free, 10);
  for (const lease of ['a', 'b', 'c']) give(session, lease);
  session.reserve();
  assert.equal(session.free, 6);
  session.reporting(['a', 'never-seen']);
  assert.equal(session.free, 7, 'the worker is done with it, whenever that is written');
  session.drop('a');
  session.drop('b');
  assert.equal(session.free, 8);
});
