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

/** The most that one transaction may bring into being and read for it. What is over is deferred, durably. */
export interface TransactionBounds {
  /** Execution events and commands that one transaction is about, and the bytes that they carry. */
  readonly batchRows: number;
  readonly batchBytes: number;
  /** Rows of tasks, workflows and waits. */
  readonly rows: number;
  /**
   * Steps of workflows that are read again for what a transaction is about, and hundreds of bytes of their inputs; what is
   * about more is divided, unless it is one event, timer or command.
   */
  readonly readWeight: number;
  /** Bytes of payloads, inputs and outputs that are written, which is also about what its entry of the stream holds. */
  readonly bytes: number;
  /** Bytes of earlier results that are read. */
  readonly readBytes: number;
  /** Items of fan-outs whose results are joined. */
  readonly joinedItems: number;
  /** Bytes of results that are joined. */
  readonly joinedBytes: number;
  /** Waits that one event meets. */
  readonly eventWaits: number;
  /** Tasks of cancelled workflows that are looked at, all together, and of each one in any case: small ones take one page. */
  readonly cancelledTasks: number;
  readonly cancelledPerWorkflow: number;
  /** Items that are closed because they never start. */
  readonly closedItems: number;
  /** Rows that are looked at of workflows that were given up, all together, though some of each. */
  readonly discardedRows: number;
  /** Values that conditions look at, all together. */
  readonly comparedValues: number;
  /** Passes, each of which asks the database. */
  readonly passes: number;
}

const kiB = 1024;
const MiB = 1024 * kiB;

/**
 * Sizes with which a transaction writes one small entry of its stream: whoever comes next waits for that, whatever somebody's
 * workflow does. A task passes five queues from its creation to its end and waits in each for what is under way, so that
 * what one transaction may take counts several times (docs/decisions/0037-small-work-passes-large.md).
 */
const transactionBounds: TransactionBounds = {
  batchRows: 2_000,
  batchBytes: 2 * MiB,
  rows: 500,
  readWeight: 50_000,
  bytes: MiB,
  readBytes: 32 * MiB,
  joinedItems: 5_000,
  joinedBytes: 8 * MiB,
  eventWaits: 250,
  cancelledTasks: 1_000,
  cancelledPerWorkflow: 20,
  closedItems: 500,
  discardedRows: 500,
  comparedValues: 1_000_000,
  passes: 64,
};

export const managementBounds: ManagementBounds = {
  ...transactionBounds,
  startRows: 500,
  startBytes: MiB,
  creationBytes: 2 * MiB,
  lightCreationBytes: 32 * kiB,
  heavyCreationBytes: 256 * kiB,
  waitingCreationBytes: 128 * MiB,
  knownVersions: 1_000,
  knownBytes: 64 * MiB,
  parkedInstances: 10_000,
  exhaustions: 5,
  countedExhaustions: 1_000,
  eventsPerApply: 2_000,
  dueWaits: 250,
  eventsPerRead: 10,
  scannedRows: 2_000,
  scannedRestarts: 20_000,
  restartsAtOnce: 64,
  pageBytes: 8 * MiB,
  workflowBytes: 8 * MiB,
  itemRows: 100_000,
  stepsPerRead: 10_000,
  viewsPerRead: 8,
  countedStuck: 10_000,
};

export type GivenBounds = Partial<ManagementBounds>;

export function boundsOf(given: GivenBounds = {}): ManagementBounds {
  return { ...managementBounds, ...given };
}
