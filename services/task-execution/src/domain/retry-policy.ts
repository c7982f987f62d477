import type { RetryPolicy } from './work.ts';

/** For a task that brings no policy of its own. */
export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 3,
  backoff: 'exponential',
  initialMs: 1_000,
  maxMs: 60_000,
  jitter: 'full',
};

/** Longest pause between two attempts, and longest limit of one attempt or task: what instants can be reckoned with. */
export const maxSpanMs = 10 * 366 * 86_400_000;
/** A task is not tried more often: its attempts are counted in 32 bits. */
const maxAttemptCount = 1_000_000_000;

const backoffs: readonly unknown[] = ['exponential', 'linear', 'fixed'];
const jitters: readonly unknown[] = ['none', 'full', 'equal'];

/**
 * A policy that came from elsewhere, with its numbers brought within what can be reckoned with; undefined when it is
 * none.
 */
export function fitRetryPolicy(value: unknown): RetryPolicy | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const { maxAttempts, backoff, initialMs, maxMs, jitter } = value as Record<string, unknown>;
  if (!backoffs.includes(backoff) || !jitters.includes(jitter)) return undefined;
  const numbers = [fit(maxAttempts, 1, maxAttemptCount), fit(initialMs, 0, maxSpanMs), fit(maxMs, 0, maxSpanMs)];
  const [attempts, initial, max] = numbers;
  if (attempts === undefined || initial === undefined || max === undefined) return undefined;
  const shape = { backoff, jitter } as Pick<RetryPolicy, 'backoff' | 'jitter'>;
  return { ...shape, maxAttempts: attempts, initialMs: initial, maxMs: max };
}

/** A whole number within bounds; undefined when it is no number. */
export function fit(value: unknown, min: number, max: number): number | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
  return Math.round(Math.min(max, Math.max(min, value)));
}

/** 2^40 times any delay is beyond every cap; the bound keeps the power finite for the thousandth attempt. */
const maxExponent = 40;

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
  return policy.initialMs * 2 ** Math.min(attempt - 1, maxExponent);
}
