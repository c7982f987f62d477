import type { LeaseRef } from '../../domain/work.ts';

/** What the clock has overtaken, as one look sees it. */
export interface LateWork {
  readonly waiting: boolean;
  readonly delayed: boolean;
  readonly overdue: boolean;
  readonly due: boolean;
  /** Milliseconds until the next pause between attempts is over; null when none is. */
  readonly nextDueMs: number | null;
  readonly sessions: readonly { readonly id: string; readonly leases: number }[];
}

export type HeldLeaseRef = LeaseRef & { readonly session: string; readonly orphaned: boolean };

/** Looks only; whoever acts on it checks again while it acts. */
export interface LateWorkStore {
  look(overdueGraceMs: number): Promise<LateWork>;
  /** Leases whose session is gone, and those older than `olderThanMs`. */
  suspectLeases(olderThanMs: number): Promise<HeldLeaseRef[]>;
}
