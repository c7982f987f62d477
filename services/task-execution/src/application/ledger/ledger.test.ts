import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, seededRandom, sequentialIds, silentTelemetry } from '@taskflow/kit-testing';
import type { LedgerTransaction } from '../ports/ledger-store.ts';
import { executionBounds } from '../bounds.ts';
import { Dispatch } from '../dispatch/dispatch.ts';
import type { LedgerCommand } from './ledger-command.ts';
import { createLedger } from './ledger.ts';

const lane = { tenantId: 't', queue: 'q', type: 'x', definition: '' };
const limits = { attemptMs: null, totalMs: null, options: null };
const step = { source: 's', stream: 0, from: 0, to: 1, logIdentity: 'i' };
const arrival: LedgerCommand = {
  kind: 'apply',
  step,
  changes: [
    {
      kind: 'arrive',
      work: { ...lane, ...limits, taskId: 'a', generation: 1, priority: 1, payload: '1' },
      isRetry: false,
    },
  ],
};
const cancel: LedgerCommand = {
  kind: 'apply',
  step,
  changes: [{ kind: 'cancel', tenantId: 't', taskId: 'a', generation: 1 }],
};

/** A ledger on a store that accepts everything, and when it asked for a drain. */
function scene() {
  const clock = manualClock();
  const ids = sequentialIds();
  const meter = {
    accepted: () => {},
    ended: () => {},
    sessionsLapsed: () => {},
    superseded: () => {},
    unreadable: () => {},
    isolated: () => {},
    rates: () => ({ in: 0, out: 0 }),
  };
  const listeners = {
    workMayBeClaimed: () => {},
    pauseEndsIn: () => {},
    workerJoined: () => {},
    heldByNobody: () => {},
  };
  const dispatch = new Dispatch({ clock, ids, meter, isOpen: () => true, listeners });
  const story: string[] = [];
  const tx = {
    advance: async () => {},
    readNow: async () => 0,
    cancel: async () => [],
    acceptWork: async () => new Set<number>(),
  };
  const ledger = createLedger({
    store: {
      transaction: async (_durability, work) => {
        story.push('transaction');
        return work(tx as unknown as LedgerTransaction);
      },
      recall: async () => undefined,
      hasAdvanced: async () => false,
    },
    dispatch,
    publisher: { committed: () => {}, recheck: () => {} },
    meter,
    clock,
    ids,
    random: seededRandom(1),
    telemetry: silentTelemetry(),
    sweep: { ...executionBounds, overdueGraceMs: 0 },
    handsOverDurably: () => false,
    drainLines: async () => {
      story.push('drain');
    },
  });
  return { dispatch, ledger, story };
}

test('new work waits until the little before it is handed over', async () => {
  const { dispatch, ledger, story } = scene();
  dispatch.backlogs.add(lane);
  await ledger.submit(arrival);
  assert.deepEqual(story, ['drain', 'transaction']);
});

test('nothing is drained where nothing waits, where a long line does, or where no work comes', async () => {
  const { dispatch, ledger, story } = scene();
  dispatch.backlogs.add(lane);
  await ledger.submit(cancel);
  dispatch.backlogs.stillLong(dispatch.backlogs.turnOf(() => true, 1));
  await ledger.submit(arrival);
  assert.deepEqual(story, ['transaction', 'transaction']);

  const empty = scene();
  await empty.ledger.submit(arrival);
  assert.deepEqual(empty.story, ['transaction']);
});
