import type { StreamEntry } from '@taskflow/kit-messaging';
import type { Partition } from '../../domain/partition.ts';

/** An attempt that is over, for those who act on it after the commit. */
export interface EndedLease {
  readonly lease: string;
  readonly session: string;
  readonly tenantId: string;
  readonly queue: string;
  readonly type: string;
  readonly outcome: 'completed' | 'skipped' | 'failed' | 'retried' | 'released' | 'cancelled';
  /** Why the worker must be told; absent when the worker ended it itself. */
  readonly takenBack?: 'cancelled' | 'timed-out' | 'session-lost' | undefined;
  /** Milliseconds from dispatch to the end; undefined when it was cancelled. */
  readonly ranMs?: number;
}

/** Says whether a report was under a lease in force. */
export type ReportStatus = 'accepted' | 'superseded';

export interface LedgerOutcome {
  /** Per report of a `settle`. */
  readonly statuses: readonly ReportStatus[];
  /** Rows that the command's own statements found. */
  readonly affected: number;
}

/** The result of a ledger transaction, for those who act on it once it is committed. */
export interface LedgerResult {
  /** Per command. */
  readonly outcomes: readonly LedgerOutcome[];
  readonly ended: readonly EndedLease[];
  /** What it emitted; `undefined` when it emitted nothing. */
  readonly entries: readonly StreamEntry[] | undefined;
  /** Indexes of the partitions whose assigned arrivals were dispatched. */
  readonly openPartitions: ReadonlySet<number>;
  /** Partitions that got waiting work, other than by arrival. */
  readonly refilled: readonly Partition[];
  /** Milliseconds until the first of the pauses begun here is over. */
  readonly firstDueMs: number | undefined;
  /** Ids of the sessions that ended without a sign of life. */
  readonly expiredSessions: readonly string[];
}
