import { OutdatedStateError } from './outdated-state.ts';
import type { TransactionRecord } from './transaction-record.ts';

/** Says that what was decided on behalf of these workflows threw: the batch is taken again without moving them. */
export class PoisonedTransactionError extends Error {
  /** What was thrown, by workflow. */
  readonly faults: ReadonlyMap<string, unknown>;

  constructor(faults: ReadonlyMap<string, unknown>) {
    super('Workflows of the transaction could not be moved on.', { cause: [...faults.values()][0] });
    this.name = 'PoisonedTransactionError';
    this.faults = faults;
  }
}

/** What of a transaction is looked at to say whose fault something is. */
type Accused = Pick<TransactionRecord, 'faults' | 'born' | 'touched'>;

/**
 * Carries out one workflow's piece of a transaction. What it throws is that workflow's fault alone: it is noted, and the
 * other pieces go on, so that one rolled back transaction tells of every workflow that is at fault.
 */
export function onBehalf(record: Accused, { id }: { readonly id: string }, work: () => void): void {
  if (isAtFault(record, id)) return;
  try {
    work();
  } catch (error) {
    accuse(record, id, error);
  }
}

/** Nothing else is carried out for a workflow that is at fault. */
export function isAtFault(record: Accused, id: string): boolean {
  return record.faults.size > 0 && record.faults.has(existing(record, id));
}

/** Notes what was thrown on behalf of a workflow. */
export function accuse(record: Accused, id: string, error: unknown): void {
  if (error instanceof OutdatedStateError) throw error;
  record.faults.set(existing(record, id), error);
}

/** Ends the transaction if anything was found to be at fault: what it decided meanwhile does not count. */
export function refusePoisoned({ faults }: Accused): void {
  if (faults.size > 0) throw new PoisonedTransactionError(faults);
}

/** A workflow that this transaction starts is not there without it: the one that starts it is at fault. */
function existing({ born, touched }: Accused, id: string): string {
  let at = id;
  while (born.has(at)) at = touched.get(at)?.parent?.id ?? id;
  return at;
}
