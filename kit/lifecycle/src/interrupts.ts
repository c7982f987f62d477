import type { Clock } from '@taskflow/kit-time';

/** The requests that the signals of a process make of it. */
export interface Interrupts {
  /** Aborted by the first request to stop: end in order, with what is being done. */
  readonly stop: AbortSignal;
  /** Aborted by a second request: whoever sends it does not want to wait. */
  readonly hurry: AbortSignal;
  /** Leaves the signals to others again. */
  close(): void;
}

interface SignalSource {
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
}

/** A terminal that is closed is a request like the other two: else the process would die with all it has started. */
const requests = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * One request reaches a process several times: a terminal, `timeout` and supervisors signal its whole group, and each
 * program that started it (npm, a wrapper) passes on what it got itself. These copies arrive within milliseconds, so
 * what comes this soon after a request is the same one.
 */
const sameRequestMs = 1_000;

/** Listens to the signals that ask for an end. A third and later request changes nothing. */
export function listenForInterrupts(clock: Pick<Clock, 'monotonic'>, source: SignalSource = process): Interrupts {
  const stop = new AbortController();
  const hurry = new AbortController();
  let firstAt: number | undefined;
  const request = () => {
    if (firstAt === undefined) {
      firstAt = clock.monotonic();
      stop.abort(new Error('asked to stop'));
    } else if (clock.monotonic() - firstAt >= sameRequestMs) {
      hurry.abort(new Error('asked to stop for the second time'));
    }
  };
  for (const signal of requests) source.on(signal, request);
  return {
    stop: stop.signal,
    hurry: hurry.signal,
    close: () => {
      for (const signal of requests) source.off(signal, request);
    },
  };
}
