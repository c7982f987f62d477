import { InvalidInputError, UnavailableError } from '../errors.ts';
import { reasonOf } from '../plain-value.ts';
import { fullJitter, pause } from './backoff.ts';
import { problemError, unreachable } from './problem-error.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** From the root, with its query: `/api/v1/tasks/…`. */
  readonly path: string;
  readonly body?: unknown;
  /** The same key names the same request: a repeat is answered with the first one's answer. */
  readonly idempotencyKey?: string;
  /** Waits on the server for a final state, at most 60. */
  readonly waitSeconds?: number;
  /** Asks for no more than ids and states of what is created. */
  readonly minimal?: boolean;
  /** Sent again while the server is unavailable: only what may safely arrive twice. Default: GET, and with a key. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal;
}

/** The HTTP API as functions: JSON in and out, problems as errors of this package. */
export interface HttpApi {
  readonly url: string;
  /** The answer's body, of the shape that the contract gives it. */
  request<Body>(request: ApiRequest): Promise<Body>;
}

export interface HttpApiOptions {
  readonly url: string;
  readonly apiKey?: string;
  /** Milliseconds for which a repeatable request is tried again while the server is unavailable; default 30,000. */
  readonly patienceMs?: number;
}

/** Beside the time that the server may wait, an answer takes at most this long. */
const answerWithinMs = 15_000;
const firstRetryMs = 100;
const maxRetryMs = 5_000;

/**
 * Makes a client of the HTTP API for what the other functions of this package have no verb for.
 * Throws `InvalidInputError` with code `invalid_url` or `invalid_options`.
 *
 * @example
 * import { createHttpApi, type TaskBody } from '@taskflow/sdk';
 *
 * const api = createHttpApi({ url: 'http://127.0.0.1:7400' });
 * const body = { type: 'taskflow.noop', payload: 'hello' };
 * const { type } = await api.request<TaskBody>({ method: 'POST', path: '/api/v1/tasks', body, idempotencyKey: 'one' });
 * console.log(type); // taskflow.noop
 */
export function createHttpApi(options: HttpApiOptions): HttpApi {
  const url = apiUrl(options.url);
  if (options.apiKey !== undefined && !/^[\x21-\x7e]+$/.test(options.apiKey)) {
    throw new InvalidInputError('invalid_options', 'apiKey must be visible ASCII characters, for a header carries it');
  }
  const patienceMs = options.patienceMs ?? 30_000;

  const send = async <Body>(request: ApiRequest, body: string | undefined): Promise<Body> => {
    const what = `${request.method} ${request.path}`;
    const deadline = AbortSignal.timeout(answerWithinMs + (request.waitSeconds ?? 0) * 1_000);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
    let response: Response;
    let text: string;
    try {
      const headers = headersOf(request, options.apiKey);
      response = await fetch(url + request.path, { method: request.method, headers, body, signal });
      text = await response.text();
    } catch (error) {
      request.signal?.throwIfAborted();
      throw unreachable(what, error);
    }
    if (!response.ok) throw problemError(what, response.status, response.headers, text);
    return answerOf<Body>(what, text);
  };

  return {
    url,
    async request<Body>(request: ApiRequest): Promise<Body> {
      checkKey(request.idempotencyKey);
      const body = request.body === undefined ? undefined : encode(request.body);
      const repeatable = request.repeatable ?? (request.method === 'GET' || request.idempotencyKey !== undefined);
      const giveUpAt = performance.now() + patienceMs;
      for (let attempt = 0; ; attempt++) {
        try {
          return await send<Body>(request, body);
        } catch (error) {
          if (!repeatable || !(error instanceof UnavailableError)) throw error;
          const asked = error.code === 'unreachable' ? 0 : error.retryAfter;
          const waitMs = asked + fullJitter(attempt, firstRetryMs, maxRetryMs, Math.random);
          if (performance.now() + waitMs > giveUpAt) throw error;
          await pause(waitMs, request.signal);
        }
      }
    },
  };
}

function apiUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new InvalidInputError('invalid_url', `"${url}" is no http or https URL`);
  }
  return url.replace(/\/+$/, '');
}

function headersOf(request: ApiRequest, apiKey: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    ...(request.body !== undefined && { 'content-type': 'application/json' }),
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    ...(request.idempotencyKey !== undefined && { 'idempotency-key': quotedWhereNeeded(request.idempotencyKey) }),
    ...(request.waitSeconds !== undefined && { prefer: `wait=${request.waitSeconds}` }),
    ...(request.minimal === true && { prefer: 'return=minimal' }),
  };
}

/** Reads an answer: something else may stand under the URL, which answers 200 with a page. */
function answerOf<Body>(what: string, text: string): Body {
  try {
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  } catch (error) {
    throw unreachable(what, new Error('what answers speaks no JSON', { cause: error }));
  }
}

/** The server's rule, known before anything is sent: a header can carry nothing else. */
function checkKey(key: unknown): void {
  if (key === undefined) return;
  if (typeof key === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key)) return;
  const message = `an idempotencyKey is 1 to 255 visible ASCII characters, with spaces only inside; ${JSON.stringify(key)} is not: encode it, with encodeURIComponent for example`;
  throw new InvalidInputError('invalid_idempotency_key', message);
}

/** The server takes one pair of quotes off: those that belong to the key get a pair around them. */
function quotedWhereNeeded(key: string): string {
  return /^".*"$/.test(key) ? `"${key}"` : key;
}

function encode(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new InvalidInputError('not_serialisable', `the input cannot be written as JSON: ${reasonOf(error)}`, [], {
      cause: error,
    });
  }
}
