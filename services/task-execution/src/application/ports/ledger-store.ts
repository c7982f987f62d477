import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import type { PositionMove } from '@taskflow/kit-messaging-postgres';
import type { TaskRef } from '../../domain/fold-changes.ts';
import type { Partition } from '../../domain/partition.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { LeasedWork, LeaseRef, NewWork, RankedWork, Work } from '../../domain/work.ts';

/** A worker reserved for work: the lease that it gets, and whose. */
export interface Assignment {
  readonly lease: string;
  readonly session: string;
}

export interface Arrival {
  readonly work: NewWork;
  /** Index into the partitions of all arrivals. */
  readonly partition: number;
  /** Absent: it is queued. */
  readonly assignment?: Assignment | undefined;
}

/** New work of a transaction. */
export interface Arrivals {
  readonly partitions: readonly Partition[];
  readonly works: readonly Arrival[];
  /** Of the memory that the assignments were made from. */
  readonly epoch: number;
}

/**
 * An ended attempt, as far as its events need it. `n` is the index of the lease in the call. Instants are epoch
 * milliseconds.
 */
export interface EndedAttempt {
  readonly n: number;
  readonly queue: string;
  readonly type: string;
  readonly priority: number;
  readonly attempt: number;
  readonly generation: number;
  readonly queuedAt: number;
  readonly claimedAt: number;
  readonly session: string;
  readonly announced: boolean;
  readonly options: string | null;
}

export type TakenAttempt = LeasedWork & { readonly n: number };

export interface CancelledWork {
  readonly n: number;
  readonly attempts: number;
  readonly queue: string;
  readonly type: string;
  readonly options: string | null;
  /** An attempt was running, or an earlier one ended without its worker's word on how far it came. */
  readonly outcomeUnknown: boolean;
  /** Where it was running. */
  readonly held?: Assignment;
}

export interface DeadLetter {
  readonly id: string;
  readonly work: Work;
  readonly attempts: number;
  readonly reason: string;
  readonly fingerprint: string;
  /** JSON text. */
  readonly error: string;
}

export interface ExpiredSession {
  readonly id: string;
  readonly name: string;
  readonly tenantId: string;
}

/** A sweep bounds what one of its statements may take. */
export interface Sweep extends Pick<ExecutionBounds, 'sweepRows' | 'sweepBytes'> {
  readonly overdueGraceMs: number;
  /** Ids of tasks that it passes over. */
  readonly leftAlone: readonly string[];
  /** Ids of the only tasks that it may take; undefined: any. */
  readonly only?: readonly string[] | undefined;
}

/** Attempts past their deadline, tasks past their total timeout, and pauses that are over. */
export type SweepKind = 'overdue' | 'waiting' | 'delayed' | 'due';

/**
 * The statements of one ledger transaction. They run in the order of the calls, each seeing what those before it
 * did; calls that do not await each other travel together. Each takes only what its fence still matches and gives
 * exactly that.
 */
export interface LedgerTransaction {
  readNow(): Promise<number>;
  movePosition(move: PositionMove): Promise<void>;
  finishAttempts(leases: readonly LeaseRef[]): Promise<EndedAttempt[]>;
  takeAttempts(leases: readonly LeaseRef[]): Promise<TakenAttempt[]>;
  takeLostAttempts(leases: readonly LeaseRef[]): Promise<TakenAttempt[]>;
  takeOverdueAttempts(sweep: Sweep): Promise<LeasedWork[]>;
  takeExpired(from: 'waiting' | 'delayed', sweep: Sweep): Promise<RankedWork[]>;
  cancel(tasks: readonly TaskRef[]): Promise<CancelledWork[]>;
  reprioritize(tasks: readonly (TaskRef & { readonly priority: number })[]): Promise<void>;
  expireSessions(ids: readonly string[]): Promise<ExpiredSession[]>;
  endSessions(ids: readonly string[]): Promise<void>;
  announceAttempts(leases: readonly LeaseRef[]): Promise<Omit<EndedAttempt, 'announced'>[]>;
  verifyLeases(
    leases: readonly LeaseRef[],
  ): Promise<{ n: number; attempt: number; generation: number; options: string | null }[]>;
  /** Gives the indexes of the partitions whose assigned work was dispatched; all other work waits. */
  acceptWork(arrivals: Arrivals): Promise<ReadonlySet<number>>;
  stageDueWork(sweep: Sweep): Promise<Partition[]>;
  requeue(works: readonly RankedWork[]): Promise<void>;
  delay(works: readonly (RankedWork & { readonly dueAt: number })[]): Promise<void>;
  deadLetter(letters: readonly DeadLetter[]): Promise<void>;
  forgetDeadLetters(tasks: readonly TaskRef[]): Promise<void>;
  /** The last call: draws the next number of this service's stream. */
  append(batchId: string, events: readonly EventRecord[]): Promise<readonly StreamEntry[]>;
}

export interface LedgerStore {
  /** `asynchronous` may be lost with the server, and is only for what emits nothing. */
  transaction<T>(durability: 'synchronous' | 'asynchronous', work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  /** What a transaction of unknown outcome published; undefined: it took no effect and never will. */
  recall(batchId: string): Promise<readonly StreamEntry[] | undefined>;
  hasMoved(move: PositionMove): Promise<boolean>;
  /** What a sweep would take now, in its order. */
  lateWork(kind: SweepKind, sweep: Sweep): Promise<TaskRef[]>;
  /** The task that runs under a lease. */
  runningUnder(lease: LeaseRef): Promise<TaskRef | undefined>;
}
