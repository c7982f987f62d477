import { type CommandKind, indivisible } from '../command-kind.ts';
import { type LedgerStatement, sweepStatement } from '../ledger-statement.ts';
import { sweepOf } from './expire-work.ts';

const stage: LedgerStatement = sweepStatement({
  name: 'stage-due-work',
  emits: false,
  items: (batch) => batch.items('stage', (command) => [command]),
  send: (tx, commands, input) => tx.stageDueWork(sweepOf(commands, input)),
  decide: (refilled) => ({ refilled }),
});

/** Work whose pause between attempts is over. */
export const stageWork: CommandKind<'stage'> = { ...indivisible, statements: [stage] };
