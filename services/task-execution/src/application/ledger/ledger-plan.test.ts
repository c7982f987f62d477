import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkChange } from '../../domain/fold-changes.ts';
import type { LedgerCommand } from './ledger-command.ts';
import { planBatch } from './ledger-plan.ts';

const lease = { tenantId: 't', taskId: 'a', lease: 'l' };
const move = { source: 's', stream: 0, from: 0, to: 1, logIdentity: 'i' };
const error = { code: 'c', message: 'm' };
const limits = { attemptMs: null, totalMs: null, options: null };
const partition = { tenantId: 't', queue: 'q', type: 'x', definition: '' };
const work = { ...partition, taskId: 'a', generation: 1, priority: 1, payload: '1', ...limits };
const arrive: WorkChange = { kind: 'arrive', work, isRetry: false };
const cancel: WorkChange = { kind: 'cancel', tenantId: 't', taskId: 'a', generation: 1 };
const urgent: WorkChange = { ...cancel, kind: 'reprioritize', priority: 2 };
const apply = (...changes: WorkChange[]): LedgerCommand => ({ kind: 'apply', move, changes });

/** Whether anything can be published because of it: then the commit must be on disk before anybody hears of it. */
const cases: [string, LedgerCommand, boolean][] = [
  ['new work', apply(arrive), false],
  ['a changed priority', apply(urgent), false],
  ['a cancel', apply(cancel), true],
  ['work that comes and is cancelled at once', apply(arrive, cancel), true],
  ['a completion', { kind: 'settle', reports: [{ ...lease, outcome: 'completed', result: '1' }] }, true],
  [
    'a skipped step',
    { kind: 'settle', reports: [{ ...lease, outcome: 'completed', result: 'null', skipped: true }] },
    true,
  ],
  ['a failure', { kind: 'settle', reports: [{ ...lease, outcome: 'failed', error, class: 'terminal' }] }, true],
  ['a session without a sign of life', { kind: 'expire-sessions', sessions: [{ id: 's', leases: 0 }] }, true],
  ['a session that says goodbye', { kind: 'end-session', session: 's' }, false],
  ['a rescue', { kind: 'rescue', leases: [{ ...lease, bytes: 1 }] }, true],
  ['an expiry', { kind: 'expire', what: 'waiting' }, true],
  ['due work', { kind: 'stage' }, false],
  ['an announcement', { kind: 'announce', leases: [lease] }, true],
  ['progress', { kind: 'progress', reports: [{ ...lease, fraction: 0.5 }] }, true],
];

for (const [what, command, emits] of cases) {
  test(`${what} ${emits ? 'may publish, so it commits synchronously' : 'publishes nothing, so it need not wait for the disk'}`, () => {
    assert.equal(planBatch([command]).mayEmit, emits);
  });
}

test('one command that may publish makes its whole batch wait for the disk', () => {
  assert.equal(planBatch([apply(arrive), { kind: 'stage' }, { kind: 'announce', leases: [lease] }]).mayEmit, true);
});

test('sessions that a batch may end are named, however they end', () => {
  const { endingSessions } = planBatch([
    { kind: 'end-session', session: 'goodbye' },
    { kind: 'expire-sessions', sessions: [{ id: 'silent', leases: 0 }] },
  ]);
  assert.deepEqual([...endingSessions].sort(), ['goodbye', 'silent']);
});
