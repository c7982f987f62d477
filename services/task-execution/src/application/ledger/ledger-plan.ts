import { CommandBatch } from './command-batch.ts';
import { ledgerStatements } from './command-kinds.ts';
import type { LedgerCommand } from './ledger-command.ts';
import type { PlannedStatement } from './ledger-statement.ts';

/** A batch of commands, sorted by the statements that carry them out. */
export interface LedgerPlan {
  readonly batch: CommandBatch;
  /** Those that have something to do, in the order in which they are sent. */
  readonly statements: readonly PlannedStatement[];
  /** Whether the transaction may publish an event, and must then be on disk before anybody hears of it. */
  readonly mayEmit: boolean;
  /** Ids of the sessions that it may end. */
  readonly endingSessions: ReadonlySet<string>;
}

export function planBatch(commands: readonly LedgerCommand[]): LedgerPlan {
  const batch = new CommandBatch(commands);
  const statements = ledgerStatements.flatMap((statement) => statement.plan(batch) ?? []);
  const ending = [
    ...batch.items('expire-sessions', ({ sessions }) => sessions.map(({ id }) => id)),
    ...batch.items('end-session', ({ session }) => [session]),
  ];
  return {
    batch,
    statements,
    mayEmit: statements.some(({ emits }) => emits),
    endingSessions: new Set(ending.map(({ value }) => value)),
  };
}
