import type { LeaseRef } from '../../domain/work.ts';

/** Tells which work the clock has overtaken, as one look sees it. */
export interface LateWork {
  readonly waiting: boolean;
  readonly delayed: boolean;
  readonly overdue: boolean;
  readonly due: boolean;
  /** Milliseconds until the next pause between attempts is over; null when none is. */
  readonly nextDueMs: number | null;
}

/** A lease as a look at the running work finds it. */
export type LookedAtLease = LeaseRef & {
  readonly session: string;
  /** Of its payload. */
  readonly bytes: number;
  /** Its session has ended. */
  readonly orphaned: boolean;
  /** Its dispatch is over for long: whoever holds it knows it. */
  readonly settled: boolean;
};

export interface ExpiredCandidate {
  readonly id: string;
  /** What it was running. */
  readonly leases: number;
}

/** Looks only; whoever acts on it checks again while it acts. */
export interface LateWorkStore {
  /** `leftAlone`: ids of tasks that do not count. */
  look(overdueGraceMs: number, leftAlone: readonly string[]): Promise<LateWork>;
  /** Sessions without a sign of life for a lease, at most `max`, without those that are left alone. */
  expiredSessions(max: number, leftAlone: readonly string[]): Promise<ExpiredCandidate[]>;
  /** Of these sessions, those that have ended. */
  endedSessions(ids: readonly string[]): Promise<string[]>;
  /** The next `max` leases behind one, or from the first; `settledMs` is how old a settled one is at least. */
  leasesAfter(last: LeaseRef | undefined, settledMs: number, max: number): Promise<LookedAtLease[]>;
}
