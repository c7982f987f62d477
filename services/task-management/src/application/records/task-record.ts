import { defaultRetryPolicy } from '@taskflow/contracts-task-management';
import { stepAddress } from './step-address.ts';
import type { TaskStatus } from '../../domain/task/task-status.ts';

export interface RetryOptions {
  readonly maxAttempts?: number;
  readonly backoff?: 'exponential' | 'linear' | 'fixed';
  /** Milliseconds. */
  readonly initial?: number;
  /** Milliseconds. */
  readonly max?: number;
  readonly jitter?: 'none' | 'full' | 'equal';
}

export interface TimeoutOptions {
  /** Milliseconds of one attempt. */
  readonly attempt?: number;
  /** Milliseconds from creation to the end. */
  readonly total?: number;
}

/** Options are given at creation and never change; stored together, because nothing but reading needs them apart. */
export interface TaskOptions {
  readonly retry?: RetryOptions;
  readonly timeout?: TimeoutOptions;
  readonly tags?: Readonly<Record<string, string>>;
  readonly traceparent?: string;
}

export type StepRole = 'prepare' | 'item' | 'compensation';

/** The step that a task carries out. */
export interface StepOf {
  readonly workflowId: string;
  readonly name: string;
  readonly version: number | undefined;
  /** The step's key. */
  readonly step: string;
  /** Absent: the step's own work. */
  readonly role?: StepRole | undefined;
  /** Number of the item, from 0. */
  readonly item?: number | undefined;
}

/** A task that is to be inserted and announced. `payload` is JSON text. */
export interface NewTask {
  readonly tenantId: string;
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  readonly priority: number;
  readonly payload: string;
  readonly options: TaskOptions | undefined;
  readonly step: StepOf | undefined;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Id of the event that it follows from. */
  readonly causationId: string | undefined;
  /** Definition, as `name@version`, that the worker must hold. */
  readonly definition?: string | undefined;
  /** Largest result in bytes, where it may be larger than that of other tasks. */
  readonly maxResultBytes?: number | undefined;
}

/** A step's row that comes without a worker being asked for it now: a wait, a blocked item, or one that ended already. */
export interface NewStepRow extends NewTask {
  readonly status: TaskStatus;
  /** JSON text. */
  readonly result: string | null;
  /** JSON text. */
  readonly error: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

/** A task as it is stored. Texts are JSON, instants epoch milliseconds. */
export interface TaskRecord {
  readonly tenantId: string;
  readonly id: string;
  readonly generation: number;
  readonly type: string;
  readonly queue: string;
  readonly priority: number;
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly payload: string;
  readonly result: string | null;
  readonly error: string | null;
  readonly progress: string | null;
  readonly options: string | null;
  readonly cancelRequested: boolean;
  readonly workflowId: string | null;
  readonly step: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly stuckAt: number | null;
}

export const defaultQueue = 'default';
export const defaultPriority = 500;
export const firstGeneration = 1;

export function parseOptions(text: string | null): TaskOptions {
  return text === null ? {} : (JSON.parse(text) as TaskOptions);
}

/** Completes what was asked for by the defaults: the policy that the task is carried out by. */
export function completeRetry(retry: RetryOptions): Required<RetryOptions> {
  const initial = retry.initial ?? defaultRetryPolicy.initialMs;
  return {
    maxAttempts: retry.maxAttempts ?? defaultRetryPolicy.maxAttempts,
    backoff: retry.backoff ?? defaultRetryPolicy.backoff,
    initial,
    max: retry.max ?? Math.max(initial, defaultRetryPolicy.maxMs),
    jitter: retry.jitter ?? defaultRetryPolicy.jitter,
  };
}

/** The record that inserting `task` makes, without reading it back. */
export function recordOf(task: NewTask): TaskRecord {
  return {
    tenantId: task.tenantId,
    id: task.id,
    generation: firstGeneration,
    type: task.type,
    queue: task.queue,
    priority: task.priority,
    status: 'queued',
    attempts: 0,
    payload: task.payload,
    result: null,
    error: null,
    progress: null,
    options: task.options === undefined ? null : JSON.stringify(task.options),
    cancelRequested: false,
    workflowId: task.step?.workflowId ?? null,
    step: task.step === undefined ? null : stepAddress(task.step),
    createdAt: task.createdAt,
    startedAt: null,
    finishedAt: null,
    stuckAt: null,
  };
}
