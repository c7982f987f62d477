import type { TaskError } from './task-error.ts';

/** A task as it is carried out: what, how urgent, how often, how long. */
export interface Work {
  readonly tenantId: string;
  readonly taskId: string;
  /** Counts from 1; a retry of a finished task opens the next one. */
  readonly generation: number;
  readonly queue: string;
  readonly type: string;
  /** Workflow definition, as `name@version`, that its worker must hold; empty: any worker of the type may do it. */
  readonly definition: string;
  /** Higher is more urgent. */
  readonly priority: number;
  /** Longest time of one attempt, in milliseconds; null: no limit. */
  readonly attemptMs: number | null;
  /** End of the total timeout, epoch milliseconds; null: no limit. */
  readonly expiresAt: number | null;
  /** JSON text. */
  readonly payload: string;
  /** JSON text of `WorkOptions`; null when the task has none. */
  readonly options: string | null;
}

/** Work that comes in. Its total timeout is a span until the database that judges it has said when it ends. */
export interface NewWork extends Omit<Work, 'expiresAt'> {
  /** Longest time from now on, all attempts and pauses together, in milliseconds; null: no limit. */
  readonly totalMs: number | null;
}

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly backoff: 'exponential' | 'linear' | 'fixed';
  readonly initialMs: number;
  readonly maxMs: number;
  readonly jitter: 'none' | 'full' | 'equal';
}

/** The step of a workflow that a task carries out. */
export interface StepOf {
  readonly workflowId: string;
  readonly name: string;
  readonly version?: number;
  readonly step: string;
  /** Absent: the step's own work. */
  readonly role?: 'prepare' | 'item' | 'compensation';
  /** Number of the item of a fan-out, from 0. */
  readonly item?: number;
}

/** Options that few tasks carry; kept as one JSON text, so that a task without any of it costs nothing. */
export interface WorkOptions {
  readonly retry?: RetryPolicy;
  readonly tags?: Readonly<Record<string, string>>;
  readonly workflow?: StepOf;
  /** Largest result in bytes, where it is larger than that of other tasks. */
  readonly maxResultBytes?: number;
  readonly correlationId?: string;
  readonly traceparent?: string;
}

const none: WorkOptions = {};

/** Work whose options cannot be read has none: it must end all the same. */
export function optionsOf(text: string | null): WorkOptions {
  if (text === null) return none;
  try {
    return (JSON.parse(text) as WorkOptions | null) ?? none;
  } catch {
    return none;
  }
}

export function encodeOptions(options: WorkOptions): string | null {
  for (const key in options) if (options[key as keyof WorkOptions] !== undefined) return JSON.stringify(options);
  return null;
}

/** Work that cannot be carried out, and why. It ends by name instead of being queued. */
export interface UnfitWork {
  readonly tenantId: string;
  readonly taskId: string;
  readonly generation: number;
  readonly queue: string;
  readonly type: string;
  readonly options: string | null;
  readonly error: TaskError;
}

/** Work with its place in the queue and the number of its attempt. */
export interface RankedWork extends Work {
  /** Place in the queue: smaller is earlier among equals. Kept through attempts. */
  readonly seq: number;
  /** Counted from 1; of work in nobody's hands, the one that the next dispatch begins. */
  readonly attempt: number;
  /** An attempt of this generation ended without its worker's word on how far it came. Once true, it stays. */
  readonly outcomeUnknown: boolean;
}

/** An attempt in the hands of a worker. Instants are epoch milliseconds of the database's clock. */
export interface LeasedWork extends RankedWork {
  readonly lease: string;
  readonly session: string;
  readonly queuedAt: number;
  readonly claimedAt: number;
  /** Whether TaskStarted of this dispatch has been published. */
  readonly announced: boolean;
}

/** Names one dispatch: the task, and the token that fences it. */
export interface LeaseRef {
  readonly tenantId: string;
  readonly taskId: string;
  readonly lease: string;
}

/** With the bytes that move when it does: those of its payload. */
export interface WeighedLease extends LeaseRef {
  readonly bytes: number;
}
