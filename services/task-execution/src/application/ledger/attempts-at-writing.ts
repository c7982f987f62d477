import { poisonOrThrow } from '@taskflow/kit-messaging-postgres';
import type { LedgerOutcome } from '../ports/ledger-result.ts';
import { sumOf } from './command-kind.ts';
import type { LedgerCommand } from './ledger-command.ts';

/** Writes one command in a transaction of its own. */
export type Write = (command: LedgerCommand) => Promise<LedgerOutcome>;
export type Attempt = ReturnType<typeof createAttempt>;

export const nothingAffected: LedgerOutcome = { statuses: [], affected: 0 };

/** Writes a command, or gives undefined where it is poisonous. Rejects where the fault may pass. */
export function createAttempt(write: Write) {
  return (command: LedgerCommand, onPoison: (error: unknown) => void = () => {}): Promise<LedgerOutcome | undefined> =>
    write(command).catch((error: unknown) => {
      poisonOrThrow(error);
      onPoison(error);
      return undefined;
    });
}

export function together(outcomes: readonly LedgerOutcome[]): LedgerOutcome {
  return {
    statuses: outcomes.flatMap(({ statuses }) => statuses),
    affected: sumOf(outcomes, ({ affected }) => affected),
  };
}
