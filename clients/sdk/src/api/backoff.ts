import { callAfter } from '../long-timer.ts';

/**
 * Gives the wait before try `attempt + 1` (from 0): a random part of a cap that doubles. The whole range is random,
 * so that callers who lost the same server do not come back together.
 */
export function fullJitter(attempt: number, baseMs: number, maxMs: number, random: () => number): number {
  return Math.round(random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30)));
}

/** Resolves after `ms`, or rejects with the signal's reason when that aborts before. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const stop = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = callAfter(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
