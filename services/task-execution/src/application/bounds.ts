/**
 * The most that one step of this service does; the rest goes on in the next step, so that others' work comes between.
 * No operator needs to change them. Tests make them small enough to be crossed in every run.
 */
export interface ExecutionBounds {
  /** Of one transaction of the ledger, and of the commands that may wait for one. */
  readonly ledgerRows: number;
  readonly ledgerBytes: number;
  readonly ledgerWaiting: number;
  readonly ledgerWaitingBytes: number;
  /** Events of task-management that one transaction applies. */
  readonly eventsPerApply: number;
  /** Rows that one statement of a sweep moves, and their bytes: some tens of milliseconds. */
  readonly sweepRows: number;
  readonly sweepBytes: number;
  /** Sessions that one transaction ends. */
  readonly sessionsPerExpiry: number;
  /** Tasks and sessions that nobody can carry on or end, and which sweeps therefore pass over. */
  readonly stuckTasks: number;
  /** Leases that one look compares with the sessions. */
  readonly leasesPerLook: number;
  /** Partitions that one slice of a refresh finds, each by an index probe of its own. */
  readonly partitionsPerSlice: number;
  /** Index probes of one search for the partitions of a worker that joined. */
  readonly probesPerSearch: number;
  /** Partitions without a worker that are remembered to be shown, and those that one view of a queue names. */
  readonly unservedPartitions: number;
  readonly unservedKindsShown: number;
  /** Characters of the names by which one worker says what it can do, and those of all workers. */
  readonly registrationNames: number;
  readonly sessionNames: number;
  /** Workers that one process serves, those that register at the same time, and names of gone ones that are kept. */
  readonly sessions: number;
  readonly registering: number;
  readonly namesOfGone: number;
  /** Dispatches of one claim, and their bytes: large enough to be cheap per task, small enough to leave soon. */
  readonly claimRows: number;
  readonly claimBytes: number;
  /** Partitions that one claim looks into; the others come first in the next one. */
  readonly partitionsPerClaim: number;
  /** Claims that the ledger waits for before a transaction: together as much as one queues. */
  readonly claimsPerFlush: number;
  /** Attempts that one command announces, tasks whose latest progress is kept, and those that one command publishes. */
  readonly announcementsPerBatch: number;
  readonly progressKept: number;
  readonly progressPerBatch: number;
  /** Dead letters of one page end with the one that reaches so many bytes. */
  readonly deadLetterBytes: number;
  readonly wire: WireBounds;
}

/** The bounds of the worker protocol, over both transports. */
export interface WireBounds {
  /** Connections of workers at once. */
  readonly sockets: number;
  /** Of one frame: it may carry a result of twice the limit, which then fails its own task and not the connection. */
  readonly frameBytes: number;
  /** What a connection may send before it has registered: a registration with all that a worker may hold. */
  readonly unadmittedBytes: number;
  /**
   * Frames that have begun and are not answered, of all connections together; a large one that is over it is cut off.
   */
  readonly unansweredBytes: number;
  /** Frames of one connection within a tenth of a second. A busy worker sends a few per turn of its event loop. */
  readonly framesPerWindow: number;
  /** Whole frames of one connection, their bytes, and those of all connections, above which no more are read. */
  readonly answeringFrames: number;
  readonly answeringBytes: number;
  readonly answeringBytesOfAll: number;
  /**
   * Unsent bytes of one connection above which its worker gets no more work, those above which it is not read any more,
   * and those of all connections above which none of those that are behind gets more work.
   */
  readonly unsentBytes: number;
  readonly unreadBytes: number;
  readonly unsentBytesOfAll: number;
  /** Deliveries in one frame, so that a worker can begin with the first while the last are still on their way. */
  readonly deliveriesPerFrame: number;
  readonly deliveryBytesPerFrame: number;
  /** Of a batch of reports over HTTP. */
  readonly bodyBytes: number;
  /**
   * Claims of one session that wait at once, far more than a worker of many threads has use for; payloads of an answer.
   */
  readonly openClaims: number;
  readonly claimAnswerBytes: number;
}

const kiB = 1024;
const MiB = 1024 * kiB;

export const executionBounds: ExecutionBounds = {
  ledgerRows: 1_500,
  ledgerBytes: 2 * MiB,
  ledgerWaiting: 20_000,
  ledgerWaitingBytes: 64 * MiB,
  eventsPerApply: 1_500,
  sweepRows: 500,
  sweepBytes: 2 * MiB,
  sessionsPerExpiry: 200,
  stuckTasks: 1_000,
  leasesPerLook: 2_000,
  partitionsPerSlice: 1_000,
  probesPerSearch: 10_000,
  unservedPartitions: 10_000,
  unservedKindsShown: 100,
  registrationNames: 256 * kiB,
  sessionNames: 64 * MiB,
  sessions: 20_000,
  registering: 200,
  namesOfGone: 1_000,
  claimRows: 500,
  claimBytes: 2 * MiB,
  partitionsPerClaim: 200,
  claimsPerFlush: 3,
  announcementsPerBatch: 1_000,
  progressKept: 20_000,
  progressPerBatch: 1_000,
  deadLetterBytes: 8 * MiB,
  wire: {
    sockets: 10_000,
    frameBytes: 16 * MiB,
    unadmittedBytes: 2 * MiB,
    unansweredBytes: 128 * MiB,
    framesPerWindow: 2_000,
    answeringFrames: 256,
    answeringBytes: 16 * MiB,
    answeringBytesOfAll: 64 * MiB,
    unsentBytes: 4 * MiB,
    unreadBytes: 16 * MiB,
    unsentBytesOfAll: 256 * MiB,
    deliveriesPerFrame: 1_000,
    deliveryBytesPerFrame: MiB,
    bodyBytes: 16 * MiB,
    openClaims: 100,
    claimAnswerBytes: 8 * MiB,
  },
};

/** `wire` may be given in part, too. */
export type GivenBounds = Partial<Omit<ExecutionBounds, 'wire'>> & { readonly wire?: Partial<WireBounds> };

export function boundsOf({ wire, ...given }: GivenBounds = {}): ExecutionBounds {
  return { ...executionBounds, ...given, wire: { ...executionBounds.wire, ...wire } };
}
