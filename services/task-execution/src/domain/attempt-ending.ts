import type { ExecutionEvent } from './execution-state.ts';
import { backoffMs, defaultRetryPolicy, fit, fitRetryPolicy, maxSpanMs } from './retry-policy.ts';
import type { TaskError } from './task-error.ts';
import { optionsOf, type RankedWork } from './work.ts';

/** Says why an attempt ended without a result. */
export type Cause =
  /** The handler says that another attempt would be pointless. */
  | { readonly kind: 'terminal' }
  /** Anything else that a handler throws; `retryAfterMs` is the handler's own wish for the pause. */
  | { readonly kind: 'retryable'; readonly retryAfterMs?: number | undefined }
  /** It ran longer than it may, and was ended without the handler. */
  | { readonly kind: 'timed-out' }
  /** Handed back unfinished, as a draining worker does. */
  | { readonly kind: 'released' }
  /** The worker's session expired while it held the attempt. */
  | { readonly kind: 'lost' };

/** An ending says what follows from an attempt without a result. Instants are epoch milliseconds. */
export type Ending =
  /** Queued again at once. */
  | { readonly kind: 'requeue'; readonly attempt: number }
  | { readonly kind: 'retry'; readonly attempt: number; readonly dueAt: number }
  | { readonly kind: 'fail'; readonly reason: 'terminal' | 'attempts-exhausted' | 'total-timeout' };

/** Decides from the task's own policy. `chance` in [0, 1) places the pause within its jitter. */
export function decideEnding(work: RankedWork, cause: Cause, now: number, chance: number): Ending {
  if (cause.kind === 'terminal') return { kind: 'fail', reason: 'terminal' };
  if (work.expiresAt !== null && work.expiresAt <= now) return { kind: 'fail', reason: 'total-timeout' };
  if (cause.kind === 'released') return { kind: 'requeue', attempt: work.attempt };

  const policy = fitRetryPolicy(optionsOf(work.options).retry) ?? defaultRetryPolicy;
  if (work.attempt >= policy.maxAttempts) return { kind: 'fail', reason: 'attempts-exhausted' };
  const attempt = work.attempt + 1;
  if (cause.kind === 'lost') return { kind: 'requeue', attempt };

  const wishMs = cause.kind === 'retryable' ? cause.retryAfterMs : undefined;
  const delayMs = fit(wishMs, 0, maxSpanMs) ?? backoffMs(policy, work.attempt, chance);
  const dueAt = now + delayMs;
  // An attempt that could only begin after the total timeout would keep a lost cause alive until then.
  if (work.expiresAt !== null && dueAt >= work.expiresAt) return { kind: 'fail', reason: 'total-timeout' };
  return delayMs === 0 ? { kind: 'requeue', attempt } : { kind: 'retry', attempt, dueAt };
}

/** Errors of a report whose handler had done its work: what is refused is the word of it. */
const refusedReports: ReadonlySet<string> = new Set([
  'result_too_large',
  'result_not_serialisable',
  'result_refused',
  'invalid_report',
]);

/**
 * Nobody knows how far the work came: the handler said nothing of this attempt's end, or what it said could not be
 * kept, or an earlier attempt of the generation ended so, for which no later handler can speak. What was handed back
 * may have begun, too. Taken for a failure that did nothing, work that is done would never be undone.
 */
export function isOutcomeUnknown({ outcomeUnknown }: RankedWork, { kind }: Cause, { code }: TaskError): boolean {
  return outcomeUnknown || kind === 'lost' || kind === 'timed-out' || kind === 'released' || refusedReports.has(code);
}

/** Names the event that an ending is to the execution's state. */
export function eventOf(ending: Ending): ExecutionEvent {
  if (ending.kind === 'requeue') return 'requeued';
  if (ending.kind === 'retry') return 'retry-scheduled';
  return ending.reason === 'total-timeout' ? 'expired' : 'failed-for-good';
}
