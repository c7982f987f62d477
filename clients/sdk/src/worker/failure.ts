import type { FailureReport } from '@taskflow/contracts-worker-protocol';
import type { AnyTask } from '../definitions/task.ts';
import { CancelledError, RetryableError, TerminalError } from '../errors.ts';

export type Failed = Pick<FailureReport, 'error' | 'class' | 'retryAfterMs'>;

const longestMessage = 10_000;
const longestStack = 8_000;
const longestDetails = 16_000;
const longestRetryAfterMs = 366 * 86_400_000;

/** What is reported of whatever a handler threw. What is not known to be terminal is retryable. */
export function failureOf(thrown: unknown, task: AnyTask | undefined): Failed {
  const terminal =
    thrown instanceof TerminalError ||
    thrown instanceof CancelledError ||
    (task?.nonRetryable.some((errorClass) => thrown instanceof errorClass) ?? false);
  const retryAfter = thrown instanceof RetryableError ? thrown.retryAfter : undefined;
  const given = retryAfter !== undefined && Number.isFinite(retryAfter);
  return {
    error: errorOf(thrown),
    class: terminal ? 'terminal' : 'retryable',
    ...(given && { retryAfterMs: Math.min(longestRetryAfterMs, Math.max(0, Math.round(retryAfter))) }),
  };
}

function errorOf(thrown: unknown): FailureReport['error'] {
  try {
    return thrown instanceof Error ? errorOfError(thrown) : { code: 'handler_error', message: textOf(thrown) };
  } catch {
    // A thrown object whose members throw when they are read.
    return { code: 'handler_error', message: 'the handler threw something that cannot be read' };
  }
}

function errorOfError(thrown: Error): FailureReport['error'] {
  const own = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  const given = thrown instanceof TerminalError || thrown instanceof RetryableError ? thrown.details : undefined;
  return {
    code: own.slice(0, 200) || 'handler_error',
    message: textOf(thrown.message || thrown.name),
    details: {
      name: String(thrown.name === 'Error' ? thrown.constructor.name : thrown.name),
      stack: String(thrown.stack ?? '').slice(0, longestStack),
      ...(isPlain(given) && { given }),
    },
  };
}

function textOf(value: unknown): string {
  return String(value).slice(0, longestMessage);
}

/** Details that cannot be written as JSON are left out, for the failure itself must arrive. */
function isPlain(details: unknown): boolean {
  try {
    const text: string | undefined = JSON.stringify(details);
    return text !== undefined && text.length <= longestDetails;
  } catch {
    return false;
  }
}
