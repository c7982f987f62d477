import type { CompiledGraphs } from '../graphs/compiled-graphs.ts';
import type { AdvanceTransaction } from '../ports/advance-store.ts';
import type { Instances } from './instances.ts';
import type { Mailbox } from './mailbox.ts';
import type { StepResults } from './step-results.ts';
import type { TransactionBudget } from './transaction-budget.ts';
import type { TransactionRecord } from './transaction-record.ts';
import type { Transitions } from './transitions.ts';
import type { WriteSet } from './write-set.ts';

/** The parts that one transaction is made of. Whoever is given some of it says which. */
export interface TransactionParts {
  readonly tx: AdvanceTransaction;
  readonly record: TransactionRecord;
  readonly graphs: CompiledGraphs;
  /** Most workflows below one root. */
  readonly maxDescendants: number;
  readonly budget: TransactionBudget;
  readonly writes: WriteSet;
  readonly results: StepResults;
  readonly instances: Instances;
  readonly transitions: Transitions;
  readonly mailbox: Mailbox;
}
