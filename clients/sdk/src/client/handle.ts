import { type Duration, durationMs } from '../definitions/duration.ts';
import { type NotAvailable, refuseUnknown } from '../definitions/not-available.ts';
import { checkOptions, isAbortSignal, isDuration } from '../definitions/option-rules.ts';
import { type Failure, notAvailable, type TaskFlowError, TimedOutError } from '../errors.ts';
import type { HttpApi } from '../api/http-api.ts';
import { Pace, type PaceEnvironment } from './pace.ts';

export interface ResultOptions {
  /** The time to wait; default as long as it takes. What is waited for goes on when it passes. */
  readonly timeout?: Duration;
  readonly signal?: AbortSignal;
}

/** A task or workflow that was started. */
export interface Handle<Body, Status, Output> {
  readonly id: string;
  /** The address under which the API shows it. */
  readonly url: string;
  /**
   * Waits for the end. Rejects with `TaskFailedError` or `WorkflowFailedError`, with `CancelledError` where it was
   * cancelled, with `TimedOutError` when the timeout passes, and with `UnavailableError` when the server cannot be
   * reached for half a minute.
   */
  result(options?: ResultOptions): Promise<Output>;
  status(): Promise<Status>;
  /** Everything that the API says of it; values in it stand as they do on the wire. */
  details(options?: { readonly waitSeconds?: number; readonly signal?: AbortSignal }): Promise<Body>;
  events(refused: NotAvailable<'handle.events'>): never;
  explain(refused: NotAvailable<'handle.explain'>): never;
}

export function checkResultOptions(owner: string, options: ResultOptions): void {
  refuseUnknown(owner, options, ['timeout', 'signal']);
  checkOptions(owner, options, { timeout: isDuration, signal: isAbortSignal });
}

/** Bounds a single wait on the server: short enough for proxies that cut idle connections after a minute. */
const maxWaitSeconds = 50;

/** The end, as a body has it. */
export type Ending<Output> = { done: false } | { done: true; result: Output } | { done: true; error: TaskFlowError };

export function createHandle<Body extends { readonly status: Status }, Status, Output>(
  api: HttpApi,
  collection: 'tasks' | 'workflows',
  id: string,
  ending: (body: Body) => Ending<Output>,
  environment?: PaceEnvironment,
): Handle<Body, Status, Output> {
  const path = `/api/v1/${collection}/${encodeURIComponent(id)}`;
  const details: Handle<Body, Status, Output>['details'] = (options) =>
    api.request<Body>({ method: 'GET', path, waitSeconds: options?.waitSeconds || undefined, signal: options?.signal });
  return {
    id,
    url: api.url + path,
    details,
    async result(options = {}) {
      checkResultOptions('result', options);
      const timeoutMs = options.timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(options.timeout);
      const deadline = performance.now() + timeoutMs;
      const pace = new Pace(environment);
      for (;;) {
        const begin = performance.now();
        const waitSeconds = Math.max(0, Math.min(maxWaitSeconds, Math.ceil((deadline - begin) / 1_000)));
        const ended = ending(await untilDeadline(waitSeconds, deadline, options.signal));
        if (ended.done && 'error' in ended) throw ended.error;
        if (ended.done) return ended.result;
        const now = performance.now();
        if (now >= deadline) throw timedOut(path, timeoutMs);
        await pace.next(waitSeconds * 1_000, now - begin, deadline - now, options.signal);
      }
    },
    async status() {
      return (await details()).status;
    },
    events: missing('events'),
    explain: missing('explain'),
  };

  /** Reads and waits, cut off at the caller's deadline where that falls into it: the server counts in whole seconds. */
  async function untilDeadline(waitSeconds: number, at: number, signal: AbortSignal | undefined): Promise<Body> {
    const leftMs = Math.max(1, Math.ceil(at - performance.now()));
    if (leftMs > (maxWaitSeconds + 1) * 1_000) return details({ waitSeconds, signal });
    const limit = AbortSignal.timeout(leftMs);
    try {
      return await details({ waitSeconds, signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) });
    } catch (error) {
      signal?.throwIfAborted();
      // One last look without waiting: the end may have come while the wait was being cut off.
      if (limit.aborted) return details({ signal });
      throw error;
    }
  }
}

function timedOut(path: string, timeoutMs: number): TaskFlowError {
  return new TimedOutError('timed_out', `${path} did not end within ${timeoutMs} ms; it goes on`);
}

/** Gives the failure of a body. */
export function recordedFailure(error: Failure | undefined): Failure {
  return error ?? { code: 'failed', message: 'no reason was recorded' };
}

/** Refuses a verb that has its name and does not exist yet. */
export function missing(verb: string): () => never {
  return () => {
    throw notAvailable(`handle.${verb}()`);
  };
}
