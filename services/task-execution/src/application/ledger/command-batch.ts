import { type FoldedChanges, foldChanges } from '../../domain/fold-changes.ts';
import type { PositionMove } from '@taskflow/kit-messaging-postgres';
import type { CommandName, CommandOf, LedgerCommand } from './ledger-command.ts';

/** An item of a batch, with the command that it came with: its outcome is found again by it. */
export interface Item<T> {
  readonly value: T;
  /** Indexes of the command in the batch and of the item in the command; absent where changes were folded. */
  readonly origin?: { readonly command: number; readonly place: number };
}

/** The commands that share a transaction. */
export class CommandBatch {
  readonly commands: readonly LedgerCommand[];
  /** Of all commands together: what comes and goes within one batch never costs a row. */
  readonly changes: FoldedChanges;
  /** Positions of consumed streams that move with it. */
  readonly moves: readonly PositionMove[];

  constructor(commands: readonly LedgerCommand[]) {
    this.commands = commands;
    const applied = this.items('apply', (command) => [command]).map(({ value }) => value);
    this.changes = foldChanges(applied.flatMap(({ changes }) => changes));
    this.moves = applied.flatMap(({ move }) => move ?? []);
  }

  /** The items of all commands of a kind, in their order. */
  items<K extends CommandName, T>(kind: K, itemsOf: (command: CommandOf<K>) => readonly T[]): Item<T>[] {
    const items: Item<T>[] = [];
    this.commands.forEach((command, index) => {
      if (!isOfKind(command, kind)) return;
      itemsOf(command).forEach((value, place) => items.push({ value, origin: { command: index, place } }));
    });
    return items;
  }
}

function isOfKind<K extends CommandName>(command: LedgerCommand, kind: K): command is CommandOf<K> {
  return command.kind === kind;
}
