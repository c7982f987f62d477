import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { dispatchScene } from '../../../testing/dispatch-scene.ts';
import type { NewWork, WeighedLease } from '../../domain/work.ts';
import { WorkerSession } from '../../domain/worker-session.ts';
import type { LedgerResult } from '../ports/ledger-result.ts';
import type { Delivery } from '../ports/worker-connection.ts';

function newWork(taskId: string, type = 'x'): NewWork {
  const partition = { tenantId: 't', queue: 'q', type, definition: '' };
  return { ...partition, taskId, generation: 1, priority: 1, payload: '"p"', attemptMs: 9, totalMs: 5, options: null };
}

/** A worker of type x with so much credit, and what it was sent. */
function scene(credit: number) {
  const orphaned: WeighedLease[] = [];
  const memory = dispatchScene(manualClock(), { orphaned: (leases) => orphaned.push(...leases) });
  const capabilities = { tenantId: 't', name: 'w', queues: null, types: ['x'], definitions: [], concurrency: 10 };
  const session = new WorkerSession('s', capabilities, 0, 0);
  const delivered: Delivery[] = [];
  const connection = {
    congested: false,
    deliver: (deliveries: readonly Delivery[]) => delivered.push(...deliveries),
    unconfirmedFor: () => [],
    reportLost: () => {},
    close: () => {},
  };
  memory.pool.add(session);
  memory.registry.connect(session, connection);
  session.grant(credit);
  return { ...memory, session, connection, delivered, orphaned };
}

const nobody = new Set<string>();
function committed(over: Partial<LedgerResult> = {}): LedgerResult {
  const nothing = { outcomes: [], ended: [], entries: undefined, refilled: [], firstDueMs: undefined };
  return { ...nothing, expiredSessions: [], openPartitions: new Set([0]), ...over };
}

test('new work is sent to the worker that was reserved for it once the transaction is committed', () => {
  const { dispatcher, session, delivered, backlog } = scene(1);
  const arrivals = dispatcher.assign([newWork('a'), newWork('b')], nobody);
  assert.deepEqual([session.free, delivered.length], [0, 0]);
  dispatcher.committed(arrivals, committed());
  assert.deepEqual(
    delivered.map(({ n, taskId, attempt, timeoutMs }) => [n, taskId, attempt, timeoutMs]),
    [[1, 'a', 1, 5]],
  );
  assert.deepEqual([session.leases.size, backlog.size], [1, 1], 'the other one is queued');
});

test('given the partition was not open after all, then its work is queued and the credit comes back', () => {
  const { dispatcher, session, delivered, backlog } = scene(1);
  dispatcher.committed(dispatcher.assign([newWork('a')], nobody), committed({ openPartitions: new Set() }));
  assert.deepEqual([delivered.length, session.free, backlog.size], [0, 1, 1]);
});

test('nobody is reserved who ends, is congested, or has work that waits', () => {
  const ending = scene(1);
  assert.equal(ending.dispatcher.assign([newWork('a')], new Set(['s'])).works[0]?.assignment, undefined);
  const congested = scene(1);
  congested.connection.congested = true;
  assert.equal(congested.dispatcher.assign([newWork('a')], nobody).works[0]?.assignment, undefined);
  const behind = scene(1);
  behind.backlog.add({ tenantId: 't', queue: 'other', type: 'x', definition: '' });
  assert.equal(behind.dispatcher.assign([newWork('a')], nobody).works[0]?.assignment, undefined);
  assert.deepEqual(
    [ending, congested, behind].map(({ session }) => session.free),
    [1, 1, 1],
  );
});

test('a transaction that did not happen gives the credit back, and to nobody of a later memory', () => {
  const { dispatcher, session, pool } = scene(2);
  const arrivals = dispatcher.assign([newWork('a')], nobody);
  dispatcher.abandon(arrivals);
  assert.equal(session.free, 2);
  const stale = dispatcher.assign([newWork('a')], nobody);
  dispatcher.dropAll();
  pool.add(session);
  session.connect();
  session.grant(2);
  dispatcher.abandon(stale);
  assert.equal(session.free, 1);
});

test('work whose worker has gone meanwhile is told of as orphaned', () => {
  const { dispatcher, session, registry, orphaned, delivered } = scene(1);
  const arrivals = dispatcher.assign([newWork('a')], nobody);
  registry.forget(session);
  dispatcher.committed(arrivals, committed());
  assert.deepEqual([orphaned.map(({ taskId }) => taskId), delivered.length], [['a'], 0]);
});
