import { type CommandKind, indivisible } from '../command-kind.ts';
import { type LedgerStatement, silentStatement } from '../ledger-statement.ts';

const end: LedgerStatement = silentStatement({
  name: 'end-sessions',
  items: (batch) => batch.items('end-session', ({ session }) => [session]),
  send: (tx, sessions) => tx.endSessions(sessions),
});

/** The session of a worker that said goodbye. */
export const endSession: CommandKind<'end-session'> = { ...indivisible, statements: [end] };
