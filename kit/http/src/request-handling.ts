import type { Log, Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodType } from 'zod';
import type { AnswerBudget } from './answer-budget.ts';
import { bodyRequired, noBody, parseBody } from './body-parser.ts';
import type { BrowserGuard } from './browser-guard.ts';
import type { LargeRequests } from './large-requests.ts';
import { Problem, problemContentType } from './problem.ts';
import { problemOfError, unsupportedMediaType } from './problem-of-error.ts';
import { RequestMeter } from './request-meter.ts';
import { RequestView, traceparentOf } from './request-view.ts';
import { type HttpAnswer, type Route, systemTag } from './route.ts';
import { checkBody, checkParams, checkQuery } from './validation.ts';

export interface RequestHandling {
  /** Refuses what can be refused before a body is read; sets the headers that every answer carries. */
  admit(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void;
  install(app: FastifyInstance, route: Route): void;
  fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void;
  setReady(ready: boolean): void;
  isReady(): boolean;
  /** Aborts the signal of every request that waits, and of every later one. Each answer ends its connection from now on. */
  stopping(): void;
}

interface HandlingDependencies {
  telemetry: Telemetry;
  clock: Clock;
  guard: BrowserGuard;
  large: LargeRequests;
  answers: AnswerBudget;
}

/** Header lines of one request; 16 kB of headers bound their bytes, this bounds their number. */
const maxHeaders = 200;
const jsonContentType = 'application/json; charset=utf-8';

export function createRequestHandling({
  telemetry,
  clock,
  guard,
  large,
  answers,
}: HandlingDependencies): RequestHandling {
  const { log } = telemetry;
  const meter = new RequestMeter(telemetry, clock);
  const waiting = new Waiting();
  let ready = false;
  let stopping = false;
  /** The caller is not to send another request here. */
  const lastAnswer = (reply: FastifyReply) => void (stopping && reply.header('connection', 'close'));

  return {
    admit(request, reply, done) {
      reply.header('x-request-id', request.id);
      const traceparent = traceparentOf(request.headers);
      if (traceparent) reply.header('traceparent', traceparent);
      done(refusalOfHead(request) ?? guard(request.raw));
    },

    install(app, route) {
      if (route.path.includes(':') && !route.params)
        throw new TypeError(`${route.path} has parameters without a schema`);
      const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
        const since = clock.monotonic();
        answers.admit(reply.raw, route.tag === systemTag);
        const turn = Buffer.isBuffer(request.body) ? large.turn(request.body.length) : undefined;
        if (turn) await turn;
        const view = checkedRequest(route, request, () => waiting.signal(reply.raw));
        const answer = await route.handle(view);
        const text = textOf(answer);
        answers.give(reply.raw, text === undefined ? 0 : Buffer.byteLength(text), route.method === 'GET');
        meter.observe(route.method, route.path, answer.status, since);
        lastAnswer(reply);
        return send(reply, answer, text);
      };
      app.route({
        method: route.method,
        url: route.path,
        ...(route.bodyLimit !== undefined && { bodyLimit: route.bodyLimit }),
        handler,
      });
    },

    fail(error, request, reply) {
      const { problem, internal } = problemOfError(error);
      if (internal)
        log.error({ err: error, requestId: request.id, route: request.routeOptions?.url }, 'request failed');
      else logRefusal(log, request, problem);
      meter.count(request.method, request.routeOptions?.url ?? 'none', problem.status);
      if (!reply.hasHeader('x-request-id')) reply.header('x-request-id', request.id);
      lastAnswer(reply);
      void reply
        .code(problem.status)
        .headers(problem.headers)
        .header('content-type', problemContentType)
        .send(JSON.stringify(problem.toBody(request.id)));
    },

    setReady: (value) => {
      ready = value;
    },
    isReady: () => ready,
    stopping: () => {
      ready = false;
      stopping = true;
      waiting.abort();
    },
  };
}

function checkedRequest(route: Route, request: FastifyRequest, signal: () => AbortSignal): RequestView {
  const params = route.params ? checkParams(route.params, request.params) : undefined;
  const query = checkQuery(route.query, request.query as Record<string, unknown>);
  const read = route.body ? parseBody(request, route.itemsApart) : noBody;
  return new RequestView(
    {
      params,
      query,
      body: route.body ? checkedBody(route.body, read.value) : undefined,
      refusedItems: read.refusedItems,
      headers: request.headers,
      requestId: request.id,
    },
    signal,
  );
}

/** A route whose body may be empty takes none at all, too. */
function checkedBody(schema: ZodType, body: unknown): unknown {
  if (body !== undefined) return checkBody(schema, body);
  const result = schema.safeParse({});
  if (result.success) return result.data;
  throw bodyRequired();
}

function textOf({ json, body }: HttpAnswer): string | undefined {
  return json ?? (body === undefined ? undefined : JSON.stringify(body));
}

function send(reply: FastifyReply, answer: HttpAnswer, text: string | undefined): FastifyReply {
  reply.code(answer.status);
  if (answer.headers) reply.headers(answer.headers);
  if (text === undefined) return reply.send();
  if (!reply.hasHeader('content-type')) reply.header('content-type', jsonContentType);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  return reply.send(text);
}

function refusalOfHead(request: FastifyRequest): Problem | undefined {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return unsupportedMediaType('The body must be sent without a Content-Encoding.');
  }
  if (request.raw.rawHeaders.length > 2 * maxHeaders) {
    return new Problem(431, {
      code: 'too_many_headers',
      detail: `The request has more than ${maxHeaders} header lines.`,
      headers: { connection: 'close' },
    });
  }
  return undefined;
}

function logRefusal(log: Log, request: FastifyRequest, problem: Problem): void {
  if (!log.isLevelEnabled('debug')) return;
  log.debug(
    { requestId: request.id, code: problem.code, status: problem.status, path: request.url },
    'request refused',
  );
}

/** Signals of the requests whose handlers asked for one. */
class Waiting {
  readonly #open = new Set<AbortController>();
  #stopping = false;

  signal(response: FastifyReply['raw']): AbortSignal {
    const controller = new AbortController();
    if (this.#stopping) controller.abort();
    this.#open.add(controller);
    response.once('close', () => {
      this.#open.delete(controller);
      controller.abort();
    });
    return controller.signal;
  }

  abort(): void {
    this.#stopping = true;
    for (const controller of this.#open) controller.abort();
  }
}
