import type { LedgerTransaction } from '../ports/ledger-store.ts';
import type { LedgerPlan } from './ledger-plan.ts';
import type { DecidedRow, DecisionContext } from './decision.ts';
import type { StatementInput } from './ledger-statement.ts';

/** The rows that a transaction took, before anything is decided about them. */
export interface ExecutedPlan {
  /** Epoch milliseconds of the database's clock; 0 where nothing can be published. */
  readonly now: number;
  /** Decides about the rows, in the order of the statements. */
  decide(context: DecisionContext): DecidedRow[];
}

/** Sends every statement of the plan at once: none needs another's result, and the server runs them in this order. */
export async function runStatements(
  plan: LedgerPlan,
  tx: LedgerTransaction,
  input: StatementInput,
): Promise<ExecutedPlan> {
  const [, now, ...decide] = await Promise.all([
    Promise.all(plan.batch.moves.map((move) => tx.movePosition(move))),
    plan.mayEmit ? tx.readNow() : 0,
    ...plan.statements.map((statement) => statement.execute(tx, input)),
  ]);
  return { now, decide: (context) => decide.flatMap((decideRows) => decideRows(context)) };
}
