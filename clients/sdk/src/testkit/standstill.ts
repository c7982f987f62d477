import { TaskFlowError } from '../errors.ts';

export function isFinal(status: string): boolean {
  return ['completed', 'failed', 'cancelled', 'skipped', 'compensated', 'compensation-stuck'].includes(status);
}

export function standsStill(id: string): TaskFlowError {
  return new TaskFlowError(
    'stands_still',
    `${id} has not ended, and no time that passes will end it: start it with start(), and give it what it waits for`,
  );
}

/** The engine's own refusal, as an error of this package. */
export async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'not_settled')) throw error;
    throw new TaskFlowError('not_settled', error.message, { cause: error });
  }
}
