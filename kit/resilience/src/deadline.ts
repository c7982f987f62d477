import type { Clock } from '@taskflow/kit-time';
import { UnavailableError } from './refusals.ts';

/** Work did not end in its time. It may still be running, so its outcome is unknown. */
export class DeadlineError extends UnavailableError {
  constructor(what: string, ms: number) {
    super(`${what} did not finish within ${ms} ms`, { outcome: 'unknown' });
    this.name = 'DeadlineError';
  }
}

/**
 * Gives what `promise` gives, or rejects with `DeadlineError` after `ms` milliseconds. The work itself is not
 * stopped: whoever started it must bound it too. A rejection that comes after the deadline is swallowed.
 */
export function withDeadline<T>(ms: number, promise: Promise<T>, what: string, clock: Clock): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new DeadlineError(what, ms)));
    promise.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error as Error);
      },
    );
  });
}
