import type { CompletionClaims } from '../../domain/completion.ts';
import type { TaskRef, WorkChange } from '../../domain/fold-changes.ts';
import type { TaskError } from '../../domain/task-error.ts';
import type { LeaseRef, WeighedLease } from '../../domain/work.ts';
import type { StreamStep } from '../ports/ledger-store.ts';

/** What a worker says about the end of an attempt. */
export type AttemptReport = LeaseRef &
  (
    | (CompletionClaims & { readonly outcome: 'completed'; readonly result: string })
    | {
        readonly outcome: 'failed';
        readonly error: TaskError;
        /** `released` is handed back without costing the attempt. */
        readonly class: 'terminal' | 'retryable' | 'released';
        readonly retryAfterMs?: number | undefined;
      }
  ) & {
    /** Bytes of the work that it is about, where they are known. */
    readonly held?: number | undefined;
  };

export type UnworkableTask = TaskRef & { readonly error: TaskError };

export type ProgressReport = LeaseRef & { readonly fraction: number; readonly message?: string | undefined };

/** Everything that changes executions goes through one writer, in this form. */
export type LedgerCommand =
  /** `step` is absent where changes are only tried. */
  | { readonly kind: 'apply'; readonly step: StreamStep | undefined; readonly changes: readonly WorkChange[] }
  | { readonly kind: 'settle'; readonly reports: readonly AttemptReport[] }
  | { readonly kind: 'lapse'; readonly sessions: readonly { readonly id: string; readonly leases: number }[] }
  | { readonly kind: 'leave'; readonly session: string }
  | { readonly kind: 'rescue'; readonly leases: readonly WeighedLease[] }
  /** `only`: ids of the tasks that it is about; absent: whatever is late. */
  | { readonly kind: 'expire'; readonly what: 'waiting' | 'delayed' | 'overdue'; readonly only?: readonly string[] }
  | { readonly kind: 'stage'; readonly only?: readonly string[] }
  /** Ends a task that cannot be carried on, wherever it is. */
  | { readonly kind: 'give-up'; readonly task: UnworkableTask }
  | { readonly kind: 'announce'; readonly leases: readonly LeaseRef[] }
  | { readonly kind: 'progress'; readonly reports: readonly ProgressReport[] };

export type Verdict = 'accepted' | 'superseded';

export interface LedgerOutcome {
  /** Per report of a `settle`. */
  readonly verdicts: readonly Verdict[];
  /** Rows that the command's own statement moved. */
  readonly moved: number;
}
