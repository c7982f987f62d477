import type { TaskError } from './task-error.ts';
import type { WorkOptions } from './work.ts';

/** A result of at most this many bytes of JSON is accepted of every task. */
export const usualResult = 256 * 1024;
/**
 * Whatever a task asks for, no result is larger: it is stored, published and handed on as one piece. With the rest of
 * its event it has to fit into one entry of a stream, which holds 8 MiB.
 */
export const maxResult = 8 * 1024 * 1024 - 64 * 1024;

/** The parts of a completion that not every task may have; most completions have none. */
export interface UnusualCompletion {
  /** The handler found that its step has nothing to do. */
  readonly skipped?: true;
  /** Bytes of the result's JSON; given only above `usualResult`. */
  readonly bytes?: number;
}

/** Only the task's own row can tell whether the task may end like this. */
export function needsProof({ skipped, bytes }: UnusualCompletion): boolean {
  return skipped !== undefined || bytes !== undefined;
}

/** Says why the task may not end like this; undefined when it may. */
export function completionProblem(
  { skipped, bytes = 0 }: UnusualCompletion,
  options: WorkOptions,
): TaskError | undefined {
  if (skipped && !options.workflow) {
    const message = 'Only a task that carries out a step of a workflow can be skipped. Report a result.';
    return { code: 'invalid_report', message };
  }
  const max = options.maxResultBytes ?? usualResult;
  return bytes > max ? resultTooLarge(bytes, max) : undefined;
}

/** The raised limit of a task that asks for one; undefined when it gets no more than every task does. */
export function raisedLimit(maxResultBytes: unknown): number | undefined {
  if (typeof maxResultBytes !== 'number' || !(maxResultBytes > usualResult)) return undefined;
  return Math.min(maxResultBytes, maxResult);
}

export function resultTooLarge(bytes: number, max: number): TaskError {
  return {
    code: 'result_too_large',
    message: `The result has ${bytes} bytes of JSON; at most ${max} are kept. Store it elsewhere and return a reference.`,
  };
}
