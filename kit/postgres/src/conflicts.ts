import { backoff, UnavailableError } from '@taskflow/kit-resilience';
import type { Clock, Random } from '@taskflow/kit-time';
import { DatabaseError } from './errors.ts';

export const conflictPause = { baseMs: 5, capMs: 200 };
export const maxConflicts = 8;

interface ConflictOptions {
  /** Names the work in the refusal. */
  name: string;
  clock: Clock;
  random: Random;
}

/**
 * Does `work`, which is one statement or one transaction, again when it lost against another one (SQLSTATE 40), up
 * to eight times in all. Then rejects with `UnavailableError`, whose outcome is `nothing-done`; every other error
 * passes as it is.
 */
export async function repeatConflicts<T>(work: () => Promise<T>, options: ConflictOptions): Promise<T> {
  const { name, clock, random } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseError && error.kind === 'conflict')) throw error;
      if (attempt >= maxConflicts) throw new UnavailableError(`${name} kept conflicting`, { cause: error });
    }
    await clock.sleep(backoff(attempt, conflictPause, random));
  }
}
