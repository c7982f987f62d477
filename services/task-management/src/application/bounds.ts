import { type TransactionBounds, transactionBounds } from './advance/transaction-budget.ts';

/**
 * The most that one step of this service does and keeps at hand; the rest goes on in the next step, so that others'
 * work comes between. No operator needs to change them. Tests make them small enough to be crossed.
 */
export interface ManagementBounds extends TransactionBounds {
  /** Rows and bytes of the first steps that a workflow starts with at once; what is over follows in transactions of the advance writer. */
  readonly startRows: number;
  readonly startBytes: number;
  /** Bytes of one creating transaction, which is about what its entry of the stream holds: small ones wait behind it. */
  readonly creationBytes: number;
  /** Creations up to these bytes pass larger ones that wait, which then take no more than those of a transaction. */
  readonly lightCreationBytes: number;
  readonly heavyCreationBytes: number;
  /** Bytes of creations that wait to be written: many small tasks count as well as a large input. */
  readonly waitingCreationBytes: number;
  /** Registered versions that are kept at hand, and the bytes of their texts. */
  readonly knownVersions: number;
  readonly knownBytes: number;
  /** Stuck workflows that are remembered to load nothing for them; one more, and all are forgotten. */
  readonly parkedInstances: number;
  /** How often in a row the server may give up on one event or timer alone before that is taken for its own fault. */
  readonly exhaustions: number;
  /** Events and timers for which that is counted; one more, and all are forgotten. */
  readonly countedExhaustions: number;
  /** Events of task-execution that are applied at once. */
  readonly eventsPerApply: number;
  /** Timers that one transaction ends. */
  readonly dueWaits: number;
  /** Events that are read at once, each with its payload, to be brought to the waits that they have not met. */
  readonly eventsPerRead: number;
  /** Rows that one page of a filtered list looks at. */
  readonly scannedRows: number;
  /** Rows that one look for workflows to restart goes through: narrow ones, and more of them than a page has to bear. */
  readonly scannedRestarts: number;
  /** Workflows that one call restarts at the same time: the writer gathers them, and one call never fills its queue. */
  readonly restartsAtOnce: number;
  /** Bytes of payloads and results that one page, or one read of several, carries, unless one task alone has more. */
  readonly pageBytes: number;
  /** Bytes of results that one workflow carries when it is shown. */
  readonly workflowBytes: number;
  /** Of a workflow with more rows, items are not counted for an answer. */
  readonly itemRows: number;
  /** Steps that one statement reads; a batch of workflows that has more is read in several. */
  readonly stepsPerRead: number;
  /** Workflows that are read at once to be shown, each with up to `workflowBytes`. */
  readonly viewsPerRead: number;
  /** Stuck tasks, and workflows, that are counted. */
  readonly countedStuck: number;
}

const mebibyte = 1024 * 1024;

export const managementBounds: ManagementBounds = {
  ...transactionBounds,
  startRows: 500,
  startBytes: mebibyte,
  creationBytes: 2 * mebibyte,
  lightCreationBytes: 32 * 1024,
  heavyCreationBytes: 256 * 1024,
  waitingCreationBytes: 128 * mebibyte,
  knownVersions: 1_000,
  knownBytes: 64 * mebibyte,
  parkedInstances: 10_000,
  exhaustions: 5,
  countedExhaustions: 1_000,
  eventsPerApply: 2_000,
  dueWaits: 250,
  eventsPerRead: 10,
  scannedRows: 2_000,
  scannedRestarts: 20_000,
  restartsAtOnce: 64,
  pageBytes: 8 * mebibyte,
  workflowBytes: 8 * mebibyte,
  itemRows: 100_000,
  stepsPerRead: 10_000,
  viewsPerRead: 8,
  countedStuck: 10_000,
};
