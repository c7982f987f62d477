/** Longer ones Node fires at once. */
const maxTimerMs = 2 ** 31 - 1;

/** Calls `action` once after `ms`, however long that is; the answer takes it back. */
export function callAfter(ms: number, action: () => void): () => void {
  const end = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    timer = setTimeout(
      () => (leftMs > maxTimerMs ? arm(end - performance.now()) : action()),
      Math.min(leftMs, maxTimerMs),
    );
  };
  arm(ms);
  return () => clearTimeout(timer);
}

/**
 * Gives a signal that aborts after `ms`, however long that is. Whoever is through earlier calls `stop`.
 *
 * @example
 * import { deadlineSignal } from '@taskflow/sdk';
 *
 * const { signal, stop } = deadlineSignal(60 * 86_400_000);
 * console.log(signal.aborted); // false
 * stop();
 */
export function deadlineSignal(ms: number): { readonly signal: AbortSignal; stop(): void } {
  const limit = new AbortController();
  const stop = callAfter(ms, () => limit.abort(new DOMException('the deadline has passed', 'TimeoutError')));
  return { signal: limit.signal, stop };
}
