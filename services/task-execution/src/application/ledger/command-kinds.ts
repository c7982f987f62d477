import type { CommandKind } from './command-kind.ts';
import { announceAttempts } from './kinds/announce-attempts.ts';
import { applyChanges } from './kinds/apply-changes.ts';
import { endSession } from './kinds/end-session.ts';
import { expireSessions } from './kinds/expire-sessions.ts';
import { expireWork } from './kinds/expire-work.ts';
import { giveUpTask } from './kinds/give-up-task.ts';
import { publishProgress } from './kinds/publish-progress.ts';
import { rescueAttempts } from './kinds/rescue-attempts.ts';
import { settleReports } from './kinds/settle-reports.ts';
import { stageWork } from './kinds/stage-work.ts';
import type { CommandName, CommandOf } from './ledger-command.ts';
import { type LedgerStatement, statementOrder } from './ledger-statement.ts';

type Kinds = { readonly [K in CommandName]: CommandKind<K> };

/** Total: a kind of command without an entry does not compile. */
export const commandKinds: Kinds = {
  apply: applyChanges,
  settle: settleReports,
  'expire-sessions': expireSessions,
  'end-session': endSession,
  rescue: rescueAttempts,
  expire: expireWork,
  stage: stageWork,
  'give-up': giveUpTask,
  announce: announceAttempts,
  progress: publishProgress,
};

/** The statements of all kinds, in the order in which a transaction sends them. */
export const ledgerStatements: readonly LedgerStatement[] = Object.values(commandKinds)
  .flatMap(({ statements }) => statements)
  .toSorted((a, b) => statementOrder.indexOf(a.name) - statementOrder.indexOf(b.name));

export function weigh<K extends CommandName>(command: CommandOf<K>): { rows: number; bytes: number } {
  return kindOf(command).weigh(command);
}

export function halves<K extends CommandName>(command: CommandOf<K>): readonly CommandOf<K>[] {
  return kindOf(command).halves(command);
}

function kindOf<K extends CommandName>({ kind }: CommandOf<K>): Kinds[K] {
  return commandKinds[kind];
}
