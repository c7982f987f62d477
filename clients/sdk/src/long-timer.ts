/** Longer ones Node fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Calls `action` once after `ms`, however long that is; the answer takes it back. */
export function callAfter(ms: number, action: () => void): () => void {
  const end = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    timer = setTimeout(
      () => (leftMs > longestTimerMs ? arm(end - performance.now()) : action()),
      Math.min(leftMs, longestTimerMs),
    );
  };
  arm(ms);
  return () => clearTimeout(timer);
}

/** Aborts after `ms`, however long that is. Whoever is through earlier calls `stop`. */
export function deadlineSignal(ms: number): { readonly signal: AbortSignal; stop(): void } {
  const limit = new AbortController();
  const stop = callAfter(ms, () => limit.abort(new DOMException('the deadline has passed', 'TimeoutError')));
  return { signal: limit.signal, stop };
}
