import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRequest } from './route.ts';

const traceparentSyntax = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Whole seconds and nothing else: of `1e9` nobody meant 1. */
const waitPreference = /(?:^|[,;\s])wait\s*=\s*("?)(\d+)\1(?:$|[,;\s])/i;
const minimalPreference = /(?:^|[,;\s])return\s*=\s*"?minimal"?(?:$|[,;\s])/i;
const maxWaitSeconds = 60;

/**
 * The request as a handler sees it. Made per request, so the parts that few handlers ask for are made when asked for.
 */
export class RequestView implements HttpRequest {
  readonly body: unknown;
  readonly refusedItems: HttpRequest['refusedItems'];
  readonly query: unknown;
  readonly params: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  readonly #makeSignal: () => AbortSignal;
  #madeSignal: AbortSignal | undefined;

  constructor(
    parts: Pick<HttpRequest, 'body' | 'refusedItems' | 'query' | 'params' | 'headers' | 'requestId'>,
    makeSignal: () => AbortSignal,
  ) {
    this.body = parts.body;
    this.refusedItems = parts.refusedItems;
    this.query = parts.query;
    this.params = parts.params;
    this.headers = parts.headers;
    this.requestId = parts.requestId;
    this.#makeSignal = makeSignal;
  }

  get signal(): AbortSignal {
    this.#madeSignal ??= this.#makeSignal();
    return this.#madeSignal;
  }

  get traceparent(): string | undefined {
    return traceparentOf(this.headers);
  }

  get waitSeconds(): number | undefined {
    const seconds = waitPreference.exec(preferences(this.headers))?.[2];
    return seconds === undefined ? undefined : Math.min(Number(seconds), maxWaitSeconds);
  }

  get wantsMinimal(): boolean {
    return minimalPreference.test(preferences(this.headers));
  }
}

function preferences({ prefer }: IncomingHttpHeaders): string {
  return prefer === undefined ? '' : String(prefer);
}

/** An invalid context is dropped: tracing must never refuse a request. */
export function traceparentOf(headers: IncomingHttpHeaders): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && traceparentSyntax.test(traceparent) ? traceparent : undefined;
}

const requestIdSyntax = /^[\x21-\x7e]{1,128}$/;

/** The caller's id when it is one that a log can hold on one line, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders, next: () => string): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && requestIdSyntax.test(given) ? given : next();
}
