import { inspect } from 'node:util';
import type { Log } from '../definitions/context.ts';
import { type Duration, durationMs } from '../definitions/duration.ts';
import { currentAttempt } from './attempt.ts';

/**
 * While a worker runs, what its handlers left unhandled (a rejected promise nobody awaits, a throw in a timer) fails
 * their attempt instead of the process. What comes from elsewhere ends the process as it would without a worker, unless
 * the program has its own listener for it.
 *
 * With `drain`, the first SIGTERM or SIGINT drains for `deadline`, the second one at once.
 */
export function guardProcess(
  log: Log,
  drain: ((deadlineMs: number) => void) | undefined,
  deadline: Duration = '30s',
): () => void {
  let signals = 0;
  const stop = (signal: NodeJS.Signals): void => {
    signals += 1;
    log.info(signals === 1 ? 'draining' : 'handing work back at once', { signal });
    drain?.(signals === 1 ? durationMs(deadline) : 0);
  };
  if (drain !== undefined) for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  guards += 1;
  if (guards === 1) {
    process.on('unhandledRejection', contain);
    process.on('uncaughtException', contain);
  }
  return () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, stop);
    guards -= 1;
    if (guards > 0) return;
    process.off('unhandledRejection', contain);
    process.off('uncaughtException', contain);
  };
}

let guards = 0;

function contain(thrown: unknown): void {
  const attempt = currentAttempt.getStore();
  if (attempt !== undefined) return attempt.unhandled(thrown);
  const others = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection') - 2;
  if (others > 0) return;
  process.stderr.write(`${inspect(thrown)}\n`);
  process.exit(1);
}
