import { isPoison } from '@taskflow/kit-messaging-postgres';
import type { LedgerCommand, LedgerOutcome } from './ledger-command.ts';

/** Writes one command in a transaction of its own. */
export type Write = (command: LedgerCommand) => Promise<LedgerOutcome>;
export type Attempt = ReturnType<typeof createAttempt>;

export const nothingMoved: LedgerOutcome = { verdicts: [], moved: 0 };

/** Writes a command, or gives undefined where it is poisonous. Rejects where the fault may pass. */
export function createAttempt(write: Write) {
  return (command: LedgerCommand, onPoison: (error: unknown) => void = () => {}): Promise<LedgerOutcome | undefined> =>
    write(command).catch((error: unknown) => {
      poisonOrThrow(error);
      onPoison(error);
      return undefined;
    });
}

export function poisonOrThrow(error: unknown): { readonly error: unknown } {
  if (!isPoison(error)) throw error;
  return { error };
}

export function inTwo<T>(items: readonly T[]): (readonly T[])[] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)].filter(({ length }) => length > 0);
}

export function together(outcomes: readonly LedgerOutcome[]): LedgerOutcome {
  return {
    verdicts: outcomes.flatMap(({ verdicts }) => verdicts),
    moved: outcomes.reduce((sum, { moved }) => sum + moved, 0),
  };
}
