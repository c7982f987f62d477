import type { Log } from '../definitions/context.ts';
import type { WorkerClock } from './worker-clock.ts';

interface SignalSource {
  on(signal: string, listener: (signal: string) => void): unknown;
  off(signal: string, listener: (signal: string) => void): unknown;
}

export interface StopSignalsOptions {
  readonly log: Log;
  readonly clock: WorkerClock;
  readonly drainMs: number;
  drain(deadlineMs: number): void;
  readonly source?: SignalSource;
}

/** A terminal that is closed is a request like the other two: the process would die with all that it carries out. */
const requests = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * One request reaches a process several times: a terminal and supervisors signal its whole group, and each program that
 * started it passes on what it got itself. What comes this soon after a request is a copy of it.
 */
const sameRequestMs = 1_000;

/** The first request to stop drains for `drainMs`, a later one at once. The answer leaves the signals to others again. */
export function drainOnSignals({ log, clock, drainMs, drain, source = process }: StopSignalsOptions): () => void {
  let firstAt: number | undefined;
  const request = (signal: string): void => {
    if (firstAt === undefined) {
      firstAt = clock.now();
      log.info('draining', { signal });
      drain(drainMs);
    } else if (clock.now() - firstAt >= sameRequestMs) {
      log.info('handing work back at once', { signal });
      drain(0);
    }
  };
  for (const signal of requests) source.on(signal, request);
  return () => {
    for (const signal of requests) source.off(signal, request);
  };
}
