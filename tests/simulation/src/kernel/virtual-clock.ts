import type { Clock } from '@taskflow/kit-time';
import type { Kernel, Owner } from './kernel.ts';

/** Virtual time 0 as an instant. */
export const epochMs = Date.UTC(2026, 0, 1);

/** A clock that is ten minutes fast gains 30 %. */
const driftPerMs = 0.3 / 600_000;

/**
 * A clock on virtual time. Its wall clock is wrong by `skewMs` and gains or loses besides; its spans are right. Timers die with their owner and wait
 * while it is frozen.
 */
export function virtualClock(kernel: Kernel, owner: Owner, skewMs = 0): Clock {
  const drift = skewMs * driftPerMs;
  const after = (ms: number, run: () => void) => kernel.after(ms, owner, '', run);
  return {
    now: () => epochMs + kernel.now + Math.round(skewMs + kernel.now * drift),
    monotonic: () => kernel.now,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const onAbort = () => {
          cancel();
          reject(signal?.reason as Error);
        };
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}
