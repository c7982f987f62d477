import { Problem } from './problem.ts';

/**
 * Says what the caller is told of an error. `internal` is true for one that nobody foresaw: the caller learns nothing
 * of it but the request id, under which the log has the rest.
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

/** What an error says of itself that is about the time of the request, and not about the request. */
interface PassingError {
  code?: unknown;
  outcome?: unknown;
  retryAfterMs?: unknown;
}

const retryAfterDefaultMs = 1_000;

/**
 * Known by its code and not by its class: the errors of kit/resilience, and any other that says `overloaded` or
 * `unavailable` of itself, whoever let it through.
 */
function busyProblem(error: unknown): Problem | undefined {
  const { code, outcome, retryAfterMs }: PassingError = typeof error === 'object' && error !== null ? error : {};
  const headers = retryAfter(typeof retryAfterMs === 'number' ? retryAfterMs : retryAfterDefaultMs);
  if (code === 'overloaded') {
    return new Problem(503, {
      code,
      detail:
        'The server has more work waiting than it may hold. Send the request again after the time in Retry-After.',
      headers,
      retryable: true,
    });
  }
  if (code !== 'unavailable' && code !== 'commit_unknown') return undefined;
  // Only who knows that nothing was done says so; of a driver's error that came through as it was nobody knows.
  const isUnknown = outcome !== 'nothing-done';
  return new Problem(503, {
    code: 'unavailable',
    detail: isUnknown
      ? 'A part that this request needs was lost while it was carried out. What should have changed something may have taken effect: only a repeat under the same Idempotency-Key is safe. A read may simply be sent again.'
      : 'A part that this request needs is not reachable now. Nothing was done. Send the request again after the time in Retry-After.',
    headers,
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
  const { code, statusCode }: { code?: unknown; statusCode?: unknown } =
    typeof error === 'object' && error !== null ? error : {};
  switch (code) {
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
      return isRefusalOfFramework(code, statusCode)
        ? new Problem(400, {
            code: 'malformed_request',
            detail: 'The request is not one that can be read.',
          })
        : undefined;
  }
}

/** Whatever else the framework refuses is the request's fault, and not ours, where it says so itself. */
function isRefusalOfFramework(code: unknown, status: unknown): boolean {
  return typeof code === 'string' && code.startsWith('FST_ERR_') && Number(status) >= 400 && Number(status) < 500;
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
