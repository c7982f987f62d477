import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventRecord } from '@taskflow/kit-messaging';
import { seededRandom, sequentialIds } from '@taskflow/kit-testing';
import type { WorkChange } from '../../domain/fold-changes.ts';
import type { LeaseRef, LeasedWork } from '../../domain/work.ts';
import type { EndedAttempt, LedgerTransaction } from '../ports/ledger-store.ts';
import { executionBounds } from '../bounds.ts';
import { commandKinds, ledgerStatements } from './command-kinds.ts';
import type { LedgerCommand } from './ledger-command.ts';
import { statementOrder } from './ledger-statement.ts';
import { planBatch } from './ledger-plan.ts';
import { runTransaction } from './run-transaction.ts';

const error = { code: 'broken', message: 'no' };
const now = 1_000;
const refOf = (n: number): LeaseRef => ({ tenantId: 't', taskId: `task-${n}`, lease: `lease-${n}` });
const completed = (n: number) => ({ ...refOf(n), outcome: 'completed', result: '1' }) as const;
const failed = (n: number) => ({ ...refOf(n), outcome: 'failed', error, class: 'terminal' }) as const;

function leased(n: number): Omit<LeasedWork, 'lease' | 'taskId'> {
  const times = { queuedAt: 0, claimedAt: 10, attemptMs: null, expiresAt: null };
  const work = { tenantId: 't', generation: 1, queue: 'q', type: 'x', definition: '', priority: 500, seq: n };
  return {
    ...times,
    ...work,
    session: 's',
    attempt: 1,
    payload: '1',
    options: null,
    outcomeUnknown: false,
    announced: true,
  };
}

/** A database in which every lease but the last one of a call is in force, and what it was asked, in order. */
function scene() {
  const asked: [name: string, count: number][] = [];
  let published: readonly EventRecord[] = [];
  const inForce = (leases: readonly LeaseRef[]) => leases.slice(0, Math.max(1, leases.length - 1));
  const answers = {
    readNow: () => now,
    acceptWork: () => new Set(),
    finishAttempts: (leases: readonly LeaseRef[]): EndedAttempt[] =>
      inForce(leases).map((_, n) => ({ ...leased(n), n })),
    takeAttempts: (leases: readonly LeaseRef[]) => inForce(leases).map((ref, n) => ({ ...leased(n), ...ref, n })),
    append: (_batch: string, events: readonly EventRecord[]) => {
      published = events;
      return [{}];
    },
  };
  const tx = new Proxy({} as LedgerTransaction, {
    get: (_, name: string) => (first: unknown, second: unknown) => {
      asked.push([name, Array.isArray(first) ? first.length : 1]);
      return Promise.resolve((answers as Record<string, (...all: unknown[]) => unknown>)[name]?.(first, second) ?? []);
    },
  });
  const run = (...commands: LedgerCommand[]) => {
    const ids = sequentialIds();
    const sweep = () => ({ ...executionBounds, overdueGraceMs: 0, leftAlone: [] });
    const work = { plan: planBatch(commands), arrivals: { partitions: [], works: [], epoch: 0 }, batchId: 'b' };
    return runTransaction(work, tx, { ids, random: seededRandom(1), workerName: () => 'w', sweep });
  };
  return { run, asked, names: () => asked.map(([name]) => name), types: () => published.map(({ type }) => type) };
}

test('every statement of every kind is sent, in the order that decides races', () => {
  const names = ledgerStatements.map(({ name }) => name);
  assert.deepEqual(names, [...statementOrder]);
  assert.equal(Object.values(commandKinds).flatMap(({ statements }) => statements).length, names.length);
});

test('whatever the order of the commands: completions come before cancels, and work is accepted last', async () => {
  const { run, names } = scene();
  const task = { tenantId: 't', taskId: 'a', generation: 1 };
  const partition = {
    tenantId: 't',
    queue: 'q',
    type: 'x',
    definition: '',
    attemptMs: null,
    totalMs: null,
    options: null,
  };
  const changes: WorkChange[] = [
    { kind: 'arrive', work: { ...partition, taskId: 'b', generation: 2, priority: 1, payload: '1' }, isRetry: true },
    { kind: 'reprioritize', ...task, priority: 1 },
    { kind: 'cancel', ...task, taskId: 'c' },
  ];
  await run(
    { kind: 'stage' },
    { kind: 'progress', reports: [{ ...refOf(1), fraction: 1 }] },
    { kind: 'announce', leases: [refOf(2)] },
    { kind: 'expire', what: 'delayed' },
    { kind: 'expire', what: 'waiting' },
    { kind: 'expire', what: 'overdue' },
    { kind: 'rescue', leases: [{ ...refOf(3), bytes: 1 }] },
    { kind: 'end-session', session: 's' },
    { kind: 'expire-sessions', sessions: [{ id: 's', leases: 0 }] },
    { kind: 'give-up', task: { ...task, error } },
    { kind: 'apply', move: { source: 'm', stream: 0, from: 0, to: 1, logIdentity: 'i' }, changes },
    { kind: 'settle', reports: [failed(4), completed(5)] },
  );
  assert.deepEqual(names().slice(0, 19), [
    'movePosition',
    'readNow',
    'finishAttempts',
    'takeAttempts',
    'cancel',
    'cancel',
    'reprioritize',
    'expireSessions',
    'endSessions',
    'takeLostAttempts',
    'takeOverdueAttempts',
    'takeExpired',
    'takeExpired',
    'announceAttempts',
    'verifyLeases',
    'stageDueWork',
    'forgetDeadLetters',
    'acceptWork',
    'deadLetter',
  ]);
});

test('a statement is sent once, however many commands and items ask for it', async () => {
  const { run, asked } = scene();
  await run({ kind: 'settle', reports: [completed(1), completed(2)] }, { kind: 'settle', reports: [completed(3)] });
  assert.deepEqual(asked, [
    ['readNow', 1],
    ['finishAttempts', 3],
    ['append', 1],
  ]);
});

test('each report is answered in its own command and place', async () => {
  const { run } = scene();
  const { outcomes } = await run(
    { kind: 'stage' },
    { kind: 'settle', reports: [failed(1), completed(2), failed(3)] },
    { kind: 'settle', reports: [completed(4), completed(5)] },
  );
  assert.deepEqual(outcomes, [
    { statuses: [], affected: 0 },
    { statuses: ['accepted', 'accepted', 'superseded'], affected: 2 },
    { statuses: ['accepted', 'superseded'], affected: 1 },
  ]);
});

test('only a completion that claims what not every task may do costs a look at its row', async () => {
  const { run, asked } = scene();
  const reports = [completed(1), { ...completed(2), skipped: true as const }, { ...completed(3), bytes: 300_000 }];
  await run({ kind: 'settle', reports });
  assert.deepEqual(asked.slice(1, 3), [
    ['finishAttempts', 1],
    ['takeAttempts', 2],
  ]);
});

test('what makes progress is announced before', async () => {
  const { run, asked } = scene();
  await run({ kind: 'progress', reports: [{ ...refOf(1), fraction: 0.5 }] }, { kind: 'announce', leases: [refOf(2)] });
  assert.deepEqual(asked.slice(1), [
    ['announceAttempts', 2],
    ['verifyLeases', 1],
  ]);
});

test('given the decision about one row throws, then that row alone ends by name', async () => {
  const { run, types } = scene();
  const unprintable = { ...failed(1), error: { ...error, details: 1n } };
  const { outcomes, ended } = await run({ kind: 'settle', reports: [unprintable, failed(2), failed(3)] });
  assert.deepEqual(outcomes[0]?.statuses, ['accepted', 'accepted', 'superseded']);
  assert.deepEqual(
    ended.map(({ outcome }) => outcome),
    ['failed', 'failed'],
  );
  const failure = ['taskflow.task.failed.v1', 'taskflow.task.dead-lettered.v1'];
  assert.deepEqual(types(), [...failure, ...failure]);
});
