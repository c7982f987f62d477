import type { EventRecord } from '@taskflow/kit-messaging';
import type { Partition } from '../../domain/partition.ts';
import type { RankedWork } from '../../domain/work.ts';
import type { ExecutionEvents } from '../events/execution-events.ts';
import type { EndedLease } from '../ports/ledger-result.ts';
import type { DeadLetter } from '../ports/ledger-store.ts';
import type { Item } from './command-batch.ts';

type DelayedWork = RankedWork & { readonly dueAt: number };

/** Says where work goes whose attempt is over, or which is not to have another one. */
export interface NextRows {
  readonly requeue: RankedWork;
  readonly delay: DelayedWork;
  readonly 'dead-letter': DeadLetter;
}
export type NextAttempt = {
  [K in keyof NextRows]: { readonly kind: K; readonly row: NextRows[K] };
}[keyof NextRows];

/** The facts that decisions need besides the row: all of them are fixed for the transaction but chance and ids. */
export interface DecisionContext {
  /** Epoch milliseconds of the database's clock. */
  readonly now: number;
  readonly events: ExecutionEvents;
  /** A number in [0, 1). */
  readonly chance: () => number;
  readonly nextId: () => string;
}

/** A decision holds what follows from one row. */
export interface Decision {
  readonly events?: readonly EventRecord[];
  readonly ended?: EndedLease;
  readonly next?: NextAttempt | undefined;
  /** Got waiting work. */
  readonly refilled?: Partition;
  /** Index of a partition whose assigned arrivals were dispatched. */
  readonly openPartition?: number;
  readonly expiredSession?: string;
}

/** A row's decision, and the items that count it as theirs. */
export interface DecidedRow {
  readonly decision: Decision;
  readonly items: readonly Item<unknown>[];
}
