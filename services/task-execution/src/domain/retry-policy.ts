import type { RetryPolicy } from './work.ts';

/** For a task that brings no policy of its own. */
export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 3,
  backoff: 'exponential',
  initialMs: 1_000,
  maxMs: 60_000,
  jitter: 'full',
};

/** 2^40 times any delay is beyond every cap; the bound keeps the power finite for the thousandth attempt. */
const largestExponent = 40;

/**
 * Milliseconds between the end of `attempt` (counted from 1) and the next one.
 * `chance` is a number in [0, 1) that places the delay within its jitter.
 */
export function backoffMs(policy: RetryPolicy, attempt: number, chance: number): number {
  const full = Math.min(policy.maxMs, growth(policy, attempt));
  if (policy.jitter === 'none') return Math.round(full);
  if (policy.jitter === 'full') return Math.round(full * chance);
  return Math.round(full / 2 + (full / 2) * chance);
}

function growth(policy: RetryPolicy, attempt: number): number {
  if (policy.backoff === 'fixed') return policy.initialMs;
  if (policy.backoff === 'linear') return policy.initialMs * attempt;
  return policy.initialMs * 2 ** Math.min(attempt - 1, largestExponent);
}
