import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, manualClock, sequentialIds, signal, silentTelemetry } from '@taskflow/kit-testing';
import { bareDispatch } from '../../../testing/bare-dispatch.ts';
import { WorkerSession } from '../../domain/worker-session.ts';
import { executionBounds } from '../bounds.ts';
import type { ClaimedWork, ClaimRequest } from '../ports/claim-store.ts';
import { createClaiming } from './claim-waiting-work.ts';

const lane = { tenantId: 't', queue: 'q', type: 'x', definition: '' };

/** A line of so many tasks, a worker with so much credit, and claims that a test may hold up. */
function scene({ waiting, credit, bytes = 1 }: { waiting: number; credit: number; bytes?: number }) {
  const clock = manualClock();
  const ids = sequentialIds();
  const dispatch = bareDispatch(clock, { heldByNobody: () => assert.fail('somebody holds everything') }, ids);
  const capabilities = { tenantId: 't', name: 'w', queues: null, types: ['x'], definitions: [], concurrency: credit };
  const session = new WorkerSession('s', capabilities, 0, 0);
  dispatch.pool.add(session);
  const delivered: string[] = [];
  dispatch.connect(session, {
    congested: false,
    deliver: (deliveries) => delivered.push(...deliveries.map(({ taskId }) => taskId)),
    unheardFor: () => [],
    tellLost: () => {},
    close: () => {},
  });
  session.grant(credit);

  let line = waiting;
  let next = 0;
  const state = { claims: 0, claim: async (_request: ClaimRequest): Promise<void> => {} };
  const store = {
    async claim(request: ClaimRequest): Promise<ClaimedWork[]> {
      state.claims += 1;
      await state.claim(request);
      const taken = request.placements.slice(0, Math.min(line, Math.ceil(request.mostBytes / bytes)));
      line -= taken.length;
      return taken.map(({ lease, session: holder }) => {
        next += 1;
        const work = { ...lane, taskId: `task-${next}`, lease, session: holder, seq: next };
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
  const { log } = silentTelemetry();
  const claiming = createClaiming({
    store,
    dispatch,
    ids,
    clock,
    log,
    bounds: executionBounds,
    handsOverDurably: () => false,
    inDoubt: () => {},
  });
  const arrive = (count: number) => {
    line += count;
    dispatch.backlogs.add(lane);
  };
  if (waiting > 0) dispatch.backlogs.add(lane);
  return { dispatch, claiming, state, delivered, arrive, left: () => line };
}

test('a drain hands over what little waits, and nothing is in line then', async () => {
  const { claiming, dispatch, delivered } = scene({ waiting: 3, credit: 10 });
  await claiming.drain();
  assert.deepEqual(delivered, ['task-1', 'task-2', 'task-3']);
  assert.equal(dispatch.backlogs.size, 0);
});

test('a drain comes behind the claim that runs, and takes what arrived during it', async () => {
  const { claiming, state, delivered, arrive, dispatch } = scene({ waiting: 1, credit: 10 });
  const begun = signal();
  const go = signal();
  state.claim = async () => {
    state.claim = async () => {};
    begun.send();
    await go.next();
  };
  await claiming.start();
  await begun.next();
  const drained = claiming.drain();
  assert.equal(state.claims, 1);
  arrive(1);
  go.send();
  await drained;
  assert.deepEqual(delivered, ['task-1', 'task-2']);
  assert.equal(dispatch.backlogs.size, 0);
  await claiming.stop();
});

test('a drain is over when the credit is, and the long line is not drained again', async () => {
  const { claiming, state, dispatch, left } = scene({ waiting: 7, credit: 5 });
  await claiming.drain();
  assert.equal(left(), 2);
  assert.equal(dispatch.backlogs.isShort, false);
  const { claims } = state;
  await claiming.drain();
  assert.equal(state.claims, claims);
});

test('a drain ends even when work arrives during each of its claims', async () => {
  const { claiming, state, arrive, left } = scene({ waiting: 1, credit: 1_000 });
  state.claim = async () => arrive(1);
  await claiming.drain();
  assert.ok(state.claims <= 3);
  assert.equal(left(), 0);
});

test('a claim that fails ends the drain without harm, and gives its credit back', async () => {
  const { claiming, state, dispatch } = scene({ waiting: 1, credit: 5 });
  state.claim = async () => {
    throw new Error('the database is away');
  };
  await claiming.drain();
  assert.equal(dispatch.backlogs.isShort, false);
  assert.equal(dispatch.pool.get('s')?.free, 5);

  state.claim = async () => {};
  await claiming.start();
  await eventually(() => dispatch.backlogs.size === 0);
  await claiming.stop();
});

test('given the database begins anew while a claim is under way, then nothing of it is handed over', async () => {
  const { dispatch, claiming, state, delivered } = scene({ waiting: 3, credit: 3 });
  const [session] = dispatch.pool.all();
  assert.ok(session);
  state.claim = () => {
    dispatch.dropAll();
    // Its worker is back before the claim of the earlier run returns.
    dispatch.pool.add(session);
    return Promise.resolve();
  };
  await claiming.drain();
  assert.deepEqual([delivered, session.leases.size], [[], 0]);
  assert.equal(dispatch.backlogs.size, 0, 'where work waits is to be read again');
});

test('a claim that was cut off by its bytes has not seen the end of the line', async () => {
  const { dispatch, claiming, delivered, left } = scene({ waiting: 4, credit: 10, bytes: executionBounds.claimBytes });
  await claiming.drain();
  assert.deepEqual([delivered.length, left()], [1, 3]);
  assert.equal(dispatch.backlogs.size, 1);
});
