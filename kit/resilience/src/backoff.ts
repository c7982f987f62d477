import type { Random } from '@taskflow/kit-time';

export interface BackoffOptions {
  /** Milliseconds before the first repeat; doubled for each further one. */
  baseMs: number;
  /** The pause never exceeds this, in milliseconds. */
  capMs: number;
}

/**
 * The pause before repeat number `attempt` (counted from 1), in milliseconds: exponential, with full jitter in its
 * upper half, so that many who failed at one moment do not come back at one moment.
 */
export function backoff(attempt: number, { baseMs, capMs }: BackoffOptions, random: Random): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + (ceiling / 2) * random.next();
}
