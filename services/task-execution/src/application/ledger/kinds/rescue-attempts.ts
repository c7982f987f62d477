import type { TaskError } from '../../../domain/task-error.ts';
import type { LeasedWork } from '../../../domain/work.ts';
import { type CommandKind, halvesOf, sumOf } from '../command-kind.ts';
import { itemStatement, type LedgerStatement } from '../ledger-statement.ts';
import { attemptOver, endedWithoutResult } from '../next-attempts.ts';

const takeLost: LedgerStatement = itemStatement({
  name: 'take-lost-attempts',
  emits: true,
  items: (batch) => batch.items('rescue', ({ leases }) => leases),
  send: (tx, leases) => tx.takeLostAttempts(leases),
  decide: (row, _lease, context) =>
    attemptOver(
      row,
      context,
      () => endedWithoutResult(row, { kind: 'lost' }, workerLost(row), context),
      'session-lost',
    ),
});

function workerLost({ attempt }: LeasedWork): TaskError {
  return {
    code: 'worker_lost',
    message: `The worker that ran attempt ${attempt} gave no sign of life for a whole lease.`,
  };
}

/** Attempts whose session has ended. */
export const rescueAttempts: CommandKind<'rescue'> = {
  weigh: ({ leases }) => ({ rows: leases.length, bytes: sumOf(leases, ({ bytes }) => bytes) }),
  halves: ({ leases }) => halvesOf(leases, (half) => ({ kind: 'rescue', leases: half })),
  statements: [takeLost],
};
