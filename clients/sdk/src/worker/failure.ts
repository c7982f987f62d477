import { types } from 'node:util';
import type { FailureReport } from '@taskflow/contracts-worker-protocol';
import type { AnyTask } from '../definitions/task.ts';
import { CancelledError, RetryableError, TerminalError } from '../errors.ts';
import { ForeignReader, unreadable } from '../foreign-code.ts';
import { cleanText, plainOf, reasonOf } from '../plain-value.ts';

export type Failed = Pick<FailureReport, 'error' | 'class' | 'retryAfterMs'>;
type Reported = FailureReport['error'];

const maxCode = 200;
const maxMessage = 8_000;
/** The server keeps details of up to 16 kB of JSON, and nothing of longer ones; what is cut is cut a little late. */
const maxDetails = 14_000;
const maxGiven = 8_000;
const maxRetryAfterMs = 366 * 86_400_000;

/**
 * What is reported of whatever a handler threw, also of what throws when it is looked at. What is not known to be
 * terminal is retryable.
 */
export function failureOf(thrown: unknown, task: AnyTask | undefined): Failed {
  const terminal =
    thrown instanceof TerminalError ||
    thrown instanceof CancelledError ||
    (task?.nonRetryable.some((errorClass) => isOf(thrown, errorClass)) ?? false);
  const retryAfter = thrown instanceof RetryableError ? new ForeignReader().read(thrown, 'retryAfter') : undefined;
  const given = typeof retryAfter === 'number' && Number.isFinite(retryAfter);
  return {
    error: errorOf(thrown),
    class: terminal ? 'terminal' : 'retryable',
    ...(given && { retryAfterMs: Math.min(maxRetryAfterMs, Math.max(0, Math.round(retryAfter))) }),
  };
}

function errorOf(thrown: unknown): Reported {
  const message = messageOf(thrown);
  if (typeof thrown !== 'object' || thrown === null) return { code: 'handler_error', message };
  const reader = new ForeignReader();
  const code = codeOf(thrown, reader.read(thrown, 'code'));
  const addsDetail = thrown instanceof TerminalError || thrown instanceof RetryableError;
  const details = addsDetail ? reader.read(thrown, 'details') : undefined;
  const given = plainOf(details, { depth: 12, members: 1_000, text: maxGiven, total: maxGiven });
  const total = maxDetails - (given === undefined ? 0 : JSON.stringify(given).length);
  const plain = plainOf(thrown, { depth: 8, members: 50, text: 4_000, total });
  if (!isDescription(plain)) return { code, message, details: { given: plain } };
  const { message: _, code: __, retryAfter: ___, ...rest } = plain;
  return { code, message, details: { ...rest, ...(given !== undefined && { given }) } };
}

/** An error, rather than an object that merely was thrown. */
function isDescription(plain: unknown): plain is Readonly<Record<string, unknown>> {
  return typeof plain === 'object' && plain !== null && Object.hasOwn(plain, 'stack');
}

function messageOf(thrown: unknown): string {
  const reason = reasonOf(thrown);
  if (reason === unreadable) return 'the handler threw something that cannot be read';
  if (thrown === undefined || thrown === null || reason === '') return `the handler threw ${reason || 'an empty text'}`;
  return cleanText(reason.slice(0, maxMessage));
}

/** Numbers count where they are the error's own: those that DOMException has for old browsers mean nothing here. */
function codeOf(thrown: object, code: unknown): string {
  if (code === unreadable) return 'handler_error';
  const isOwn = typeof code === 'number' && !types.isProxy(thrown) && Object.hasOwn(thrown, 'code');
  return (typeof code === 'string' || isOwn ? cleanText(String(code).slice(0, maxCode)) : '') || 'handler_error';
}

/** A class may have a `Symbol.hasInstance` of its own, which may throw. */
function isOf(thrown: unknown, errorClass: AnyTask['nonRetryable'][number]): boolean {
  try {
    return thrown instanceof errorClass;
  } catch {
    return false;
  }
}
