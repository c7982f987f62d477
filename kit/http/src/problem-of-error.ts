import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import { Problem } from './problem.ts';

/**
 * What the caller is told of an error. `internal` is true for one that nobody foresaw: the caller learns
 * nothing of it but the request id, under which the log has the rest.
 */
export function problemOfError(error: unknown): { problem: Problem; internal: boolean } {
  if (error instanceof Problem) return { problem: error, internal: false };
  const problem = busyProblem(error) ?? frameworkProblem(error);
  if (problem) return { problem, internal: false };
  return {
    problem: new Problem(500, {
      code: 'internal_error',
      detail: 'The server failed to answer this request. The log names the cause under the request id.',
    }),
    internal: true,
  };
}

/** Nothing is wrong with the request, its time is. */
function busyProblem(error: unknown): Problem | undefined {
  if (error instanceof OverloadedError) {
    return new Problem(503, {
      code: 'overloaded',
      detail:
        'The server has more work waiting than it may hold. Send the request again after the time in Retry-After.',
      headers: retryAfter(error.retryAfterMs),
      retryable: true,
    });
  }
  if (error instanceof UnavailableError) return unavailable(error.outcome, error.retryAfterMs);
  // A driver's error that nobody turned into a refusal on its way: whether it took effect, only its code's owner knows.
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'unavailable' || code === 'commit_unknown') return unavailable('unknown', defaultRetryAfterMs);
  return undefined;
}

const defaultRetryAfterMs = 1_000;

function unavailable(outcome: UnavailableError['outcome'], retryAfterMs: number): Problem {
  const isUnknown = outcome === 'unknown';
  return new Problem(503, {
    code: 'unavailable',
    detail: isUnknown
      ? 'A part that this request needs was lost while it was carried out. What should have changed something may have taken effect: only a repeat under the same Idempotency-Key is safe. A read may simply be sent again.'
      : 'A part that this request needs is not reachable now. Nothing was done. Send the request again after the time in Retry-After.',
    headers: retryAfter(retryAfterMs),
    retryable: true,
    ...(isUnknown && { extensions: { outcome: 'unknown' } }),
  });
}

/** Whole seconds, at least one. */
export function retryAfter(ms: number): Record<string, string> {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1_000))) };
}

/** Refusals that the HTTP framework makes before a handler runs. */
function frameworkProblem(error: unknown): Problem | undefined {
  switch ((error as { code?: unknown } | null)?.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedMediaType('The body must be sent as Content-Type: application/json in UTF-8.');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return payloadTooLarge();
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem(400, { code: 'malformed_request', detail: 'Content-Length does not match the body.' });
    case 'FST_ERR_BAD_URL':
      return new Problem(400, {
        code: 'malformed_url',
        detail: 'The path holds a percent-encoding that is not UTF-8.',
      });
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem(404, { code: 'not_found', detail: 'A part of the path is too long to name anything.' });
    default:
      return undefined;
  }
}

export function unsupportedMediaType(detail: string): Problem {
  return new Problem(415, { code: 'unsupported_media_type', detail, headers: { accept: 'application/json' } });
}

/** The rest of the body is not read, so the connection cannot be used again. */
export function payloadTooLarge(limit?: number): Problem {
  const limitText = limit === undefined ? '' : ` of ${limit} bytes`;
  return new Problem(413, {
    code: 'payload_too_large',
    detail: `The body is longer than this route's limit${limitText}.`,
    headers: { connection: 'close' },
    ...(limit !== undefined && { extensions: { limit } }),
  });
}
