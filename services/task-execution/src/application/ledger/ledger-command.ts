import type { UnusualCompletion } from '../../domain/completion.ts';
import type { TaskRef, WorkChange } from '../../domain/fold-changes.ts';
import type { TaskError } from '../../domain/task-error.ts';
import type { LeaseRef, WeighedLease } from '../../domain/work.ts';
import type { PositionMove } from '@taskflow/kit-messaging-postgres';

/** A worker's report of the end of an attempt. */
export type AttemptReport = LeaseRef &
  (
    | (UnusualCompletion & { readonly outcome: 'completed'; readonly result: string })
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

export type ProgressReport = LeaseRef & { readonly fraction: number; readonly message?: string | undefined };

/** Everything that changes executions goes through one writer, in one of these forms. */
interface LedgerCommands {
  /** `move` is absent where changes are only tried. */
  readonly apply: { readonly move: PositionMove | undefined; readonly changes: readonly WorkChange[] };
  readonly settle: { readonly reports: readonly AttemptReport[] };
  /** Ends sessions without a sign of life; `leases` is how many each was running. */
  readonly 'expire-sessions': { readonly sessions: readonly { readonly id: string; readonly leases: number }[] };
  /** Ends a session whose worker said goodbye. */
  readonly 'end-session': { readonly session: string };
  readonly rescue: { readonly leases: readonly WeighedLease[] };
  /** `only`: ids of the tasks that it is about; absent: whatever is late. */
  readonly expire: { readonly what: 'waiting' | 'delayed' | 'overdue'; readonly only?: readonly string[] };
  readonly stage: { readonly only?: readonly string[] };
  /** Ends a task that cannot be carried on, wherever it is. */
  readonly 'give-up': { readonly task: TaskRef & { readonly error: TaskError } };
  readonly announce: { readonly leases: readonly LeaseRef[] };
  readonly progress: { readonly reports: readonly ProgressReport[] };
}

export type CommandName = keyof LedgerCommands;
export type CommandOf<K extends CommandName> = { [N in CommandName]: { readonly kind: N } & LedgerCommands[N] }[K];
export type LedgerCommand = CommandOf<CommandName>;
