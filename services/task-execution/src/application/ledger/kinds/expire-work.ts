import type { TaskError } from '../../../domain/task-error.ts';
import type { LeasedWork } from '../../../domain/work.ts';
import type { CommandBatch } from '../command-batch.ts';
import { type CommandKind, indivisible } from '../command-kind.ts';
import type { CommandOf } from '../ledger-command.ts';
import { type LedgerStatement, type StatementInput, sweepStatement } from '../ledger-statement.ts';
import { attemptOver, endedWithoutResult, totalTimeoutOver } from '../next-attempts.ts';

type Expire = CommandOf<'expire'>;

/** The error code of an attempt that ran longer than it may, whoever ended it. */
export const attemptTimeoutCode = 'attempt_timeout';

const sweepsOf = (what: Expire['what']) => (batch: CommandBatch) =>
  batch.items('expire', (command) => (command.what === what ? [command] : []));

/** Only a command that is written alone names the tasks that it may take. */
export function sweepOf(commands: readonly { readonly only?: readonly string[] }[], { sweep }: StatementInput) {
  return { ...sweep, only: commands[0]?.only };
}

const overdue: LedgerStatement = sweepStatement({
  name: 'take-overdue-attempts',
  emits: true,
  items: sweepsOf('overdue'),
  send: (tx, commands, input) => tx.takeOverdueAttempts(sweepOf(commands, input)),
  decide: (row, context) => {
    const cause = { kind: 'timed-out' } as const;
    return attemptOver(row, context, () => endedWithoutResult(row, cause, attemptTimeout(row), context), 'timed-out');
  },
});

/** Tasks past their total timeout, which wait or are delayed. */
const expired = (where: 'waiting' | 'delayed'): LedgerStatement =>
  sweepStatement({
    name: `take-expired-${where}` as const,
    emits: true,
    items: sweepsOf(where),
    send: (tx, commands, input) => tx.takeExpired(where, sweepOf(commands, input)),
    decide: totalTimeoutOver,
  });

function attemptTimeout({ attempt, attemptMs }: LeasedWork): TaskError {
  const limit = attemptMs === null ? 'its limit' : `its limit of ${attemptMs} ms`;
  return { code: attemptTimeoutCode, message: `Attempt ${attempt} ran longer than ${limit}.` };
}

/** Attempts past their deadline, and tasks past their total timeout. */
export const expireWork: CommandKind<'expire'> = {
  ...indivisible,
  statements: [overdue, expired('waiting'), expired('delayed')],
};
