import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, manualClock, sequentialIds, signal, silentTelemetry } from '@taskflow/kit-testing';
import { dispatchScene } from '../../../testing/dispatch-scene.ts';
import { WorkerSession } from '../../domain/worker-session.ts';
import { executionBounds } from '../bounds.ts';
import type { ClaimedWork, ClaimRequest } from '../ports/claim-store.ts';
import { createClaiming } from './claim-waiting-work.ts';

const partition = { tenantId: 't', queue: 'q', type: 'x', definition: '' };

/** A backlog of so many tasks, a worker with so much credit, and claims that a test may hold up. */
function scene({ waiting, credit, bytes = 1 }: { waiting: number; credit: number; bytes?: number }) {
  const clock = manualClock();
  const ids = sequentialIds();
  const memory = dispatchScene(clock, { orphaned: () => assert.fail('somebody holds everything') }, ids);
  const { pool, registry, backlog } = memory;
  const capabilities = { tenantId: 't', name: 'w', queues: null, types: ['x'], definitions: [], concurrency: credit };
  const session = new WorkerSession('s', capabilities, 0, 0);
  pool.add(session);
  const delivered: string[] = [];
  registry.connect(session, {
    congested: false,
    deliver: (deliveries) => delivered.push(...deliveries.map(({ taskId }) => taskId)),
    unconfirmedFor: () => [],
    reportLost: () => {},
    close: () => {},
  });
  session.grant(credit);

  let queued = waiting;
  let next = 0;
  const state = { claims: 0, claim: async (_request: ClaimRequest): Promise<void> => {} };
  const store = {
    async claim(request: ClaimRequest): Promise<ClaimedWork[]> {
      state.claims += 1;
      await state.claim(request);
      const taken = request.assignments.slice(0, Math.min(queued, Math.ceil(request.maxBytes / bytes)));
      queued -= taken.length;
      return taken.map(({ lease, session: holder }) => {
        next += 1;
        const work = { ...partition, taskId: `task-${next}`, lease, session: holder, seq: next };
        return {
          ...work,
          priority: 1,
          attempt: 1,
          generation: 1,
          timeoutMs: null,
          payload: '1',
          bytes,
          options: null,
        };
      });
    },
  };
  const telemetry = silentTelemetry();
  const claiming = createClaiming({
    ...memory,
    store,
    ids,
    clock,
    telemetry,
    bounds: executionBounds,
    dispatchesDurably: () => false,
    onStaleBacklog: () => {},
  });
  const arrive = (count: number) => {
    queued += count;
    backlog.add(partition);
  };
  if (waiting > 0) backlog.add(partition);
  return { ...memory, claiming, state, delivered, arrive, left: () => queued };
}

test('a flush dispatches what little waits, and nothing is queued then', async () => {
  const { claiming, backlog, delivered } = scene({ waiting: 3, credit: 10 });
  await claiming.flush();
  assert.deepEqual(delivered, ['task-1', 'task-2', 'task-3']);
  assert.equal(backlog.size, 0);
});

test('a flush comes behind the claim that runs, and takes what arrived during it', async () => {
  const { claiming, state, delivered, arrive, backlog } = scene({ waiting: 1, credit: 10 });
  const begun = signal();
  const go = signal();
  state.claim = async () => {
    state.claim = async () => {};
    begun.send();
    await go.next();
  };
  await claiming.start();
  await begun.next();
  const flushed = claiming.flush();
  assert.equal(state.claims, 1);
  arrive(1);
  go.send();
  await flushed;
  assert.deepEqual(delivered, ['task-1', 'task-2']);
  assert.equal(backlog.size, 0);
  await claiming.stop();
});

test('a flush is over when the credit is, and the long backlog is not flushed again', async () => {
  const { claiming, state, backlog, left } = scene({ waiting: 7, credit: 5 });
  await claiming.flush();
  assert.equal(left(), 2);
  assert.equal(backlog.isShort, false);
  const { claims } = state;
  await claiming.flush();
  assert.equal(state.claims, claims);
});

test('a flush ends even when work arrives during each of its claims', async () => {
  const { claiming, state, arrive, left } = scene({ waiting: 1, credit: 1_000 });
  state.claim = async () => arrive(1);
  await claiming.flush();
  assert.ok(state.claims <= 3);
  assert.equal(left(), 0);
});

test('a claim that fails ends the flush without harm, and gives its credit back', async () => {
  const { claiming, state, backlog, pool } = scene({ waiting: 1, credit: 5 });
  state.claim = async () => {
    throw new Error('the database is away');
  };
  await claiming.flush();
  assert.equal(backlog.isShort, false);
  assert.equal(pool.get('s')?.free, 5);

  state.claim = async () => {};
  await claiming.start();
  await eventually(() => backlog.size === 0);
  await claiming.stop();
});

test('given the database begins anew while a claim is under way, then nothing of it is dispatched', async () => {
  const { dispatcher, pool, backlog, claiming, state, delivered } = scene({ waiting: 3, credit: 3 });
  const [session] = pool.all();
  assert.ok(session);
  state.claim = () => {
    dispatcher.dropAll();
    // Its worker is back before the claim of the earlier run returns.
    pool.add(session);
    return Promise.resolve();
  };
  await claiming.flush();
  assert.deepEqual([delivered, session.leases.size], [[], 0]);
  assert.equal(backlog.size, 0, 'where work waits is to be read again');
});

test('a claim that was cut off by its bytes has not seen all that waits', async () => {
  const { backlog, claiming, delivered, left } = scene({ waiting: 4, credit: 10, bytes: executionBounds.claimBytes });
  await claiming.flush();
  assert.deepEqual([delivered.length, left()], [1, 3]);
  assert.equal(backlog.size, 1);
});
