/**
 * The only source of time outside SQL. Injected everywhere, so that a test can hold it still.
 * Wall-clock instants are epoch milliseconds; spans are milliseconds.
 */
export interface Clock {
  /** Epoch milliseconds. May jump: never subtract two of these to measure a span. */
  now(): number;
  /** Milliseconds that never go back; only differences mean anything. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms` unless the returned function is called first. Never keeps the process alive. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        cancel();
        reject(signal?.reason as Error);
      };
      const cancel = callAfter(ms, true, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  after: (ms, run) => callAfter(ms, false, run),
};

/** Longer ones Node fires at once. */
const maxTimerMs = 2 ** 31 - 1;

function callAfter(ms: number, keepsProcess: boolean, run: () => void): () => void {
  const end = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number) => {
    const isLast = leftMs <= maxTimerMs;
    timer = setTimeout(() => (isLast ? run() : arm(end - performance.now())), Math.min(leftMs, maxTimerMs));
    if (!keepsProcess) timer.unref();
  };
  arm(ms);
  return () => clearTimeout(timer);
}
