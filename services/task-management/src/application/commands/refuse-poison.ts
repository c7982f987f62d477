import { isPoison } from '@taskflow/kit-messaging-postgres';
import type { Log } from '@taskflow/kit-telemetry';
import { reasonOf } from '../advance/parked-instance.ts';

/** It cannot be carried out, for this reason; nothing was changed. */
export interface CannotApply {
  readonly refusal: 'cannot-apply';
  readonly reason: string;
}

/**
 * A use case that refuses by name what will fail again whenever it is asked: values that the server refuses, and whatever
 * our own code throws. The one caller is told, and the log has the rest.
 */
export function refusingPoison<A extends readonly unknown[], R>(
  log: Pick<Log, 'error'>,
  name: string,
  useCase: (...asked: A) => Promise<R>,
): (...asked: A) => Promise<R | CannotApply> {
  return async (...asked) => {
    try {
      return await useCase(...asked);
    } catch (error) {
      if (!isPoison(error)) throw error;
      log.error({ err: error, useCase: name }, 'what was asked could not be carried out and was refused');
      return { refusal: 'cannot-apply', reason: reasonOf(error) };
    }
  };
}
