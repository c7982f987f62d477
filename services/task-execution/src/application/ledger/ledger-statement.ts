import type { Arrivals, LedgerTransaction, Sweep } from '../ports/ledger-store.ts';
import type { CommandBatch, Item } from './command-batch.ts';
import type { DecidedRow, Decision, DecisionContext } from './decision.ts';

/**
 * The statements of a transaction, in the order in which it sends them. The order decides races within a batch: a
 * completion comes before a cancel or a timeout of the same attempt, and whoever comes second finds no row. Work is
 * accepted last, when all that could take it has run.
 */
export const statementOrder = [
  'finish-attempts',
  'take-attempts',
  'cancel',
  'cancel-on-arrival',
  'refuse',
  'give-up',
  'reprioritize',
  'expire-sessions',
  'end-sessions',
  'take-lost-attempts',
  'take-overdue-attempts',
  'take-expired-waiting',
  'take-expired-delayed',
  'announce-attempts',
  'verify-leases',
  'stage-due-work',
  'forget-dead-letters',
  'accept-work',
] as const;
export type StatementName = (typeof statementOrder)[number];

/** The arguments that statements are given besides their items. */
export interface StatementInput {
  readonly arrivals: Arrivals;
  readonly sweep: Omit<Sweep, 'only'>;
}

/** A statement with its items, of which there is at least one. */
export interface PlannedStatement {
  readonly emits: boolean;
  /** Executes it, and gives how to decide about the rows that it took. */
  execute(tx: LedgerTransaction, input: StatementInput): Promise<(context: DecisionContext) => DecidedRow[]>;
}

/** A statement of a kind of command is set-based, so that a batch sends it once or not at all. */
export interface LedgerStatement {
  readonly name: StatementName;
  plan(batch: CommandBatch): PlannedStatement | undefined;
}

interface StatementParts<T, Row> {
  readonly name: StatementName;
  readonly items: (batch: CommandBatch) => readonly Item<T>[];
  readonly send: (tx: LedgerTransaction, values: readonly T[], input: StatementInput) => Promise<readonly Row[]>;
}

/** Nothing follows from it, and nothing is published. */
export function silentStatement<T>(
  parts: Omit<StatementParts<T, never>, 'send'> & {
    readonly send: (tx: LedgerTransaction, values: readonly T[]) => Promise<void>;
  },
): LedgerStatement {
  const send = (tx: LedgerTransaction, values: readonly T[]) => parts.send(tx, values).then(() => []);
  return statement({ ...parts, send, emits: false, decideAll: () => [] });
}

/** Each row names the item that it is about by its index `n`. */
export function itemStatement<T, Row extends { readonly n: number }>(
  parts: StatementParts<T, Row> & {
    /** A transaction that may publish must be on disk before anybody hears of it. */
    readonly emits: boolean;
    readonly decide: (row: Row, value: T, context: DecisionContext) => Decision;
  },
): LedgerStatement {
  return statement<T, Row>({
    ...parts,
    decideAll: (rows, items, context) =>
      rows.flatMap((row) => {
        const item = items[row.n];
        return item ? { decision: parts.decide(row, item.value, context), items: [item] } : [];
      }),
  });
}

/** Its rows are found by the statement itself, and count for whoever asked. */
export function sweepStatement<T, Row>(
  parts: StatementParts<T, Row> & {
    readonly emits: boolean;
    readonly decide: (row: Row, context: DecisionContext) => Decision;
  },
): LedgerStatement {
  return statement<T, Row>({
    ...parts,
    decideAll: (rows, items, context) => rows.map((row) => ({ decision: parts.decide(row, context), items })),
  });
}

function statement<T, Row>(
  parts: StatementParts<T, Row> & {
    readonly emits: boolean;
    readonly decideAll: (rows: readonly Row[], items: readonly Item<T>[], context: DecisionContext) => DecidedRow[];
  },
): LedgerStatement {
  const { name, emits, send, decideAll } = parts;
  return {
    name,
    plan(batch) {
      const items = parts.items(batch);
      if (items.length === 0) return undefined;
      const values = items.map(({ value }) => value);
      return {
        emits,
        async execute(tx, input) {
          const rows = await send(tx, values, input);
          return (context) => decideAll(rows, items, context);
        },
      };
    },
  };
}

/** Items of folded changes, which belong to the batch as a whole. */
export function folded<T>(values: readonly T[]): Item<T>[] {
  return values.map((value) => ({ value }));
}
