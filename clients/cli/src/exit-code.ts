import {
  CancelledError,
  ConflictError,
  InvalidInputError,
  NotFoundError,
  TaskFailedError,
  TaskFlowError,
  TimedOutError,
  UnauthorizedError,
  WorkflowFailedError,
} from '@taskflow/sdk';

/** Stable: scripts branch on them. */
export const exitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  auth: 5,
  timeout: 6,
  runFailed: 7,
  stuck: 8,
  interrupted: 130,
} as const;

/** Thrown by a command for what the caller typed. */
export class UsageError extends Error {}

/** Thrown when the user pressed Ctrl-C, or did not confirm what was asked. */
export class InterruptedError extends Error {}

/** Thrown when the server refused a part of what one command asked for; the rest is done. */
export class PartlyRefusedError extends Error {}

/** Thrown when what is followed is parked: it has not ended, and nothing but an operator moves it. */
export class StuckError extends Error {}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCode.usage;
  if (error instanceof InterruptedError) return exitCode.interrupted;
  if (error instanceof NotFoundError) return exitCode.notFound;
  if (error instanceof ConflictError || error instanceof PartlyRefusedError) return exitCode.conflict;
  if (error instanceof StuckError) return exitCode.stuck;
  if (error instanceof UnauthorizedError) return exitCode.auth;
  if (error instanceof TimedOutError) return exitCode.timeout;
  if (error instanceof TaskFailedError || error instanceof WorkflowFailedError || error instanceof CancelledError) {
    return exitCode.runFailed;
  }
  if (error instanceof InvalidInputError) return exitCode.usage;
  if (error instanceof TaskFlowError && error.code === 'not_available') return exitCode.usage;
  return exitCode.failure;
}
