import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OverloadedError } from '@taskflow/kit-resilience';
import { manualClock, seededRandom, sequentialIds, silentTelemetry } from '@taskflow/kit-testing';
import { dispatchScene, noMeter } from '../../../testing/dispatch-scene.ts';
import type { LedgerTransaction } from '../ports/ledger-store.ts';
import { type ExecutionBounds, executionBounds } from '../bounds.ts';
import type { AttemptReport, LedgerCommand } from './ledger-command.ts';
import { bytesOf } from './kinds/settle-reports.ts';
import { createLedger } from './ledger.ts';
import { StuckWork } from './stuck-work.ts';

const partition = { tenantId: 't', queue: 'q', type: 'x', definition: '' };
const limits = { attemptMs: null, totalMs: null, options: null };
const move = { source: 's', stream: 0, from: 0, to: 1, logIdentity: 'i' };
const arrival: LedgerCommand = {
  kind: 'apply',
  move,
  changes: [
    {
      kind: 'arrive',
      work: { ...partition, ...limits, taskId: 'a', generation: 1, priority: 1, payload: '1' },
      isRetry: false,
    },
  ],
};
const cancel: LedgerCommand = {
  kind: 'apply',
  move,
  changes: [{ kind: 'cancel', tenantId: 't', taskId: 'a', generation: 1 }],
};

/** A ledger on a store that accepts everything, and when it asked for a flush. */
function scene(bounds: ExecutionBounds = executionBounds) {
  const clock = manualClock();
  const ids = sequentialIds();
  const { backlog, dispatcher } = dispatchScene(clock, {}, ids);
  const story: string[] = [];
  const tx = {
    movePosition: async () => {},
    readNow: async () => 0,
    cancel: async () => [],
    acceptWork: async () => new Set<number>(),
    takeAttempts: async () => [],
  };
  const ledger = createLedger({
    store: {
      transaction: async (_durability, work) => {
        story.push('transaction');
        return work(tx as unknown as LedgerTransaction);
      },
      recall: async () => undefined,
      hasMoved: async () => false,
      lateWork: async () => [],
      runningUnder: async () => undefined,
    },
    backlog,
    dispatcher,
    workerName: () => 'w',
    publisher: { committed: () => {}, recheckLog: () => {} },
    meter: noMeter,
    clock,
    ids,
    random: seededRandom(1),
    telemetry: silentTelemetry(),
    bounds,
    overdueGraceMs: 0,
    stuck: new StuckWork(clock, 10),
    dispatchesDurably: () => false,
    flushBacklog: async () => {
      story.push('flush');
    },
  });
  return { backlog, ledger, story };
}

test('new work waits until the little before it is dispatched', async () => {
  const { backlog, ledger, story } = scene();
  backlog.add(partition);
  await ledger.submit(arrival);
  assert.deepEqual(story, ['flush', 'transaction']);
});

test('nothing is flushed where nothing waits, where much waits, or where no work comes', async () => {
  const { backlog, ledger, story } = scene();
  backlog.add(partition);
  await ledger.submit(cancel);
  backlog.stillLong(backlog.nextFor(() => true, 1));
  await ledger.submit(arrival);
  assert.deepEqual(story, ['transaction', 'transaction']);

  const empty = scene();
  await empty.ledger.submit(arrival);
  assert.deepEqual(empty.story, ['transaction']);
});

const attempt = { tenantId: 't', taskId: 'a', lease: 'l' };
const failure: AttemptReport = {
  ...attempt,
  outcome: 'failed',
  class: 'terminal',
  error: { code: 'cc', message: 'mmm', details: { d: 'dddd' } },
};
const settle: LedgerCommand = { kind: 'settle', reports: [failure] };

test('a report weighs what it says, and the work whose row is taken whole for it', () => {
  const completion = { ...attempt, outcome: 'completed', result: '12345' } as const;
  const { details: _, ...bare } = failure.outcome === 'failed' ? failure.error : assert.fail();
  const weights = [
    bytesOf(failure),
    bytesOf({ ...failure, error: bare }),
    bytesOf({ ...failure, held: 100 }),
    bytesOf(completion),
    bytesOf({ ...completion, held: 100 }),
    bytesOf({ ...completion, held: 100, bytes: 300_000 }),
    bytesOf({ ...completion, held: 100, skipped: true }),
  ];
  assert.deepEqual(weights, [17, 5, 117, 5, 5, 105, 105]);
});

test('failures share a transaction within its bytes, and are refused above those that may wait', async () => {
  const narrow = scene({ ...executionBounds, ledgerBytes: 34, ledgerWaitingBytes: 68 });
  const written = [1, 2, 3, 4].map(() => narrow.ledger.submit(settle));
  await assert.rejects(narrow.ledger.submit(settle), OverloadedError);
  await Promise.all(written);
  assert.deepEqual(narrow.story, ['transaction', 'transaction']);
});

test('commands share a transaction within its rows, and are refused above those that may wait', async () => {
  const narrow = scene({ ...executionBounds, ledgerRows: 2, ledgerWaiting: 4 });
  const written = [1, 2, 3, 4].map(() => narrow.ledger.submit(settle));
  await assert.rejects(narrow.ledger.submit(settle), OverloadedError);
  await Promise.all(written);
  assert.deepEqual(narrow.story, ['transaction', 'transaction']);
});
