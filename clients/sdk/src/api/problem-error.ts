import {
  ConflictError,
  InvalidInputError,
  type InputIssue,
  NotFoundError,
  TaskFlowError,
  UnauthorizedError,
  UnavailableError,
} from '../errors.ts';

/** Waited before the next try where the server gave no `Retry-After`. */
const defaultRetryAfterMs = 1_000;

const invalidStatuses: ReadonlySet<number> = new Set([400, 413, 415, 422]);
const passingStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const standardMembers: ReadonlySet<string> = new Set([
  'type',
  'title',
  'status',
  'code',
  'detail',
  'errors',
  'retryable',
  'requestId',
]);

interface ProblemBody {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer?: string; readonly code?: string; readonly detail?: string }[];
}

/** The error of an answer that is no success, by its status and its `application/problem+json` body. */
export function problemError(request: string, status: number, headers: Headers, text: string): TaskFlowError {
  const problem = readProblem(text);
  const code = problem.code ?? `http_${status}`;
  const issues = (problem.errors ?? []).map(toIssue);
  const reasons = issues.map((issue) => `${issue.pointer} ${issue.message}`.trim()).join('; ');
  const message = [`${request}: ${problem.detail ?? problem.title ?? `answered ${status}`}`, reasons]
    .filter((part) => part !== '')
    .join(': ');
  if (code === 'not_available') return new TaskFlowError(code, message);
  if (invalidStatuses.has(status)) return new InvalidInputError(code, message, issues);
  if (passingStatuses.has(status)) return new UnavailableError(code, message, retryAfterMs(headers));
  if (status === 401 || status === 403) return new UnauthorizedError(code, message);
  if (status === 404) return new NotFoundError(code, message);
  if (status === 409) return new ConflictError(code, message, { facts: factsOf(problem) });
  return new TaskFlowError(code, message);
}

/** The server could not be reached, or broke off: whether it did what was asked is unknown. */
export function unreachable(request: string, cause: unknown): UnavailableError {
  const inner = cause instanceof TypeError && cause.cause instanceof Error ? cause.cause : cause;
  const reason = inner instanceof Error ? inner.message || inner.name : String(inner);
  return new UnavailableError('unreachable', `${request}: no answer (${reason})`, defaultRetryAfterMs, { cause });
}

function readProblem(text: string): ProblemBody {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    // A proxy's page or a cut answer: the status says what can be said.
    return {};
  }
}

/** Members beyond those that every problem has. */
function factsOf(problem: ProblemBody): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(problem).filter(([name]) => !standardMembers.has(name)));
}

function toIssue(error: NonNullable<ProblemBody['errors']>[number]): InputIssue {
  return { pointer: error.pointer ?? '', message: error.detail ?? error.code ?? 'invalid', code: error.code };
}

function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : defaultRetryAfterMs;
}
