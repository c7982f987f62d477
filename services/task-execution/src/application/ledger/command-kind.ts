import type { CommandName, CommandOf } from './ledger-command.ts';
import type { LedgerStatement } from './ledger-statement.ts';

/** A kind of command, as the ledger has to know it. */
export interface CommandKind<K extends CommandName> {
  /** Rows and bytes that it adds to its transaction. */
  weigh(command: CommandOf<K>): { rows: number; bytes: number };
  /** The halves of one that cannot be written whole; none when it is about one thing, or can be cut down only otherwise. */
  halves(command: CommandOf<K>): readonly CommandOf<K>[];
  /** What carries commands of the kind out, and decides what follows. */
  readonly statements: readonly LedgerStatement[];
}

/** The parts of a command that is about one thing. */
export const indivisible = {
  weigh: () => ({ rows: 1, bytes: 0 }),
  halves: () => [],
};

export function inTwo<T>(items: readonly T[]): (readonly T[])[] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)].filter(({ length }) => length > 0);
}

/** The halves of a command that is a list; none where it has one item. */
export function halvesOf<T, Command>(items: readonly T[], command: (half: readonly T[]) => Command): Command[] {
  return items.length > 1 ? inTwo(items).map(command) : [];
}

export function sumOf<T>(items: readonly T[], amountOf: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += amountOf(item);
  return total;
}
