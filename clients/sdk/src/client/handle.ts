import type { http } from '@taskflow/contracts-task-management';
import { type Duration, durationMs } from '../definitions/duration.ts';
import type { NotAvailable } from '../definitions/not-available.ts';
import {
  CancelledError,
  type Failure,
  notAvailable,
  TaskFailedError,
  type TaskFlowError,
  TimedOutError,
  WorkflowFailedError,
} from '../errors.ts';
import type { HttpApi } from './http-api.ts';

export type TaskBody = http.tasks.TaskBody;
export type WorkflowBody = http.workflows.WorkflowBody;
export type TaskStatus = http.tasks.TaskStatus;
export type WorkflowStatus = http.workflows.WorkflowStatus;

export interface ResultOptions {
  /** How long to wait; the default is as long as it takes. What is waited for goes on when it passes. */
  readonly timeout?: Duration;
  readonly signal?: AbortSignal;
}

interface Handle<Body, Status, O> {
  readonly id: string;
  /** Where the API shows it. */
  readonly url: string;
  /**
   * Waits for the end. Rejects with `TaskFailedError` or `WorkflowFailedError`, with `CancelledError` where it was
   * cancelled, with `TimedOutError` when the timeout passes, and with `UnavailableError` when the server cannot be
   * reached for half a minute.
   */
  result(options?: ResultOptions): Promise<O>;
  status(): Promise<Status>;
  /** Everything that the API says of it. */
  details(options?: { readonly waitSeconds?: number; readonly signal?: AbortSignal }): Promise<Body>;
  /** Asks for the cancel; `ConflictError` with code `already_finished` when it came too late. */
  cancel(options?: { readonly reason?: string; readonly compensate?: NotAvailable<'compensate'> }): Promise<void>;
  events(refused: NotAvailable<'handle.events'>): never;
  signal(refused: NotAvailable<'handle.signal'>, payload?: unknown): never;
  pause(refused: NotAvailable<'handle.pause'>): never;
  resume(refused: NotAvailable<'handle.resume'>): never;
  retry(refused: NotAvailable<'handle.retry'>): never;
  explain(refused: NotAvailable<'handle.explain'>): never;
}

/** A task that was started. */
export interface TaskHandle<O> extends Handle<TaskBody, TaskStatus, O> {
  readonly kind: 'task';
}
/** A workflow that was started. */
export interface WorkflowHandle<O> extends Handle<WorkflowBody, WorkflowStatus, O> {
  readonly kind: 'workflow';
}

/** Longest single wait on the server: short enough for proxies that cut idle connections after a minute. */
const longestWaitSeconds = 50;

export function taskHandle<O>(api: HttpApi, id: string): TaskHandle<O> {
  return {
    kind: 'task',
    ...handle<TaskBody, TaskStatus, O>(api, 'tasks', id, (task) => {
      if (task.status === 'completed') return { done: true, result: task.result as O };
      if (task.status === 'failed') {
        return { done: true, error: new TaskFailedError(id, task.type, task.attempts, failureOf(task.error)) };
      }
      if (task.status === 'cancelled' || task.status === 'skipped') {
        return { done: true, error: new CancelledError(`task ${id} (${task.type}) was ${task.status}`) };
      }
      return { done: false };
    }),
  };
}

export function workflowHandle<O>(api: HttpApi, id: string): WorkflowHandle<O> {
  return {
    kind: 'workflow',
    ...handle<WorkflowBody, WorkflowStatus, O>(api, 'workflows', id, (workflow) => {
      const { status, name, error } = workflow;
      if (status === 'completed') return { done: true, result: workflow.output as O };
      if (status === 'failed' || status === 'compensated') {
        return { done: true, error: new WorkflowFailedError(id, name, error?.step, failureOf(error)) };
      }
      if (status === 'cancelled')
        return { done: true, error: new CancelledError(`workflow ${id} (${name}) was cancelled`) };
      return { done: false };
    }),
  };
}

type Ending<O> = { done: false } | { done: true; result: O } | { done: true; error: TaskFlowError };

function handle<Body extends { readonly status: Status }, Status, O>(
  api: HttpApi,
  collection: 'tasks' | 'workflows',
  id: string,
  ending: (body: Body) => Ending<O>,
): Handle<Body, Status, O> {
  const path = `/api/v1/${collection}/${encodeURIComponent(id)}`;
  const details: Handle<Body, Status, O>['details'] = (options) =>
    api.request<Body>({ method: 'GET', path, waitSeconds: options?.waitSeconds || undefined, signal: options?.signal });
  const missing = (verb: string) => (): never => {
    throw notAvailable(`handle.${verb}()`);
  };
  return {
    id,
    url: api.url + path,
    details,
    async result(options = {}) {
      const timeoutMs = options.timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(options.timeout);
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const leftMs = deadline - performance.now();
        const waitSeconds = Math.max(0, Math.min(longestWaitSeconds, Math.ceil(leftMs / 1_000)));
        const ended = ending(await untilDeadline(details, waitSeconds, deadline, options.signal));
        if (ended.done && 'error' in ended) throw ended.error;
        if (ended.done) return ended.result;
        if (performance.now() >= deadline) throw timedOut(path, timeoutMs);
      }
    },
    async status() {
      return (await details()).status;
    },
    async cancel(options = {}) {
      if (options.compensate !== undefined) throw notAvailable('cancel({ compensate })');
      const body = options.reason === undefined ? {} : { reason: options.reason };
      await api.request({ method: 'POST', path: `${path}/cancel`, body });
    },
    events: missing('events'),
    signal: missing('signal'),
    pause: missing('pause'),
    resume: missing('resume'),
    retry: missing('retry'),
    explain: missing('explain'),
  };

  /** One waiting read, cut off at the caller's deadline: the server counts in whole seconds. */
  async function untilDeadline(
    read: Handle<Body, Status, O>['details'],
    waitSeconds: number,
    at: number,
    signal: AbortSignal | undefined,
  ): Promise<Body> {
    if (at === Number.POSITIVE_INFINITY) return read({ waitSeconds, signal });
    const leftMs = Math.max(1, Math.ceil(at - performance.now()));
    const limit = AbortSignal.timeout(leftMs);
    try {
      return await read({ waitSeconds, signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) });
    } catch (error) {
      signal?.throwIfAborted();
      // One last look without waiting: the end may have come while the wait was being cut off.
      if (limit.aborted) return read({ signal });
      throw error;
    }
  }
}

function timedOut(path: string, timeoutMs: number): TaskFlowError {
  return new TimedOutError('timed_out', `${path} did not end within ${timeoutMs} ms; it goes on`);
}

function failureOf(error: Failure | undefined): Failure {
  return error ?? { code: 'failed', message: 'no reason was recorded' };
}
