import { METHODS, type Server } from 'node:http';
import { createLifecycle, type Service } from '@taskflow/kit-lifecycle';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock, Ids } from '@taskflow/kit-time';
import { type FastifyInstance, fastify } from 'fastify';
import { type AnswerBounds, AnswerBudget } from './answer-budget.ts';
import { BodyBudget } from './body-budget.ts';
import { installBodyParser } from './body-parser.ts';
import { createBrowserGuard } from './browser-guard.ts';
import { refuseBadConnections, refuseExpectation, refuseTunnel } from './connection-refusals.ts';
import { installNotFound } from './not-found.ts';
import { createRequestHandling, type RequestHandling } from './request-handling.ts';
import { requestIdOf } from './request-view.ts';
import { openApiDocument } from './open-api.ts';
import { createHealthCheck, type HealthReport } from './health.ts';
import { LargeRequests } from './large-requests.ts';
import type { HttpModule, Route, UnavailableRoute } from './route.ts';
import { createSocketGate, type SocketGate } from './socket-gate.ts';
import { systemRoutes } from './system-routes.ts';

export interface HttpServerOptions {
  /** Port 0 takes a free one. */
  listen: { host: string; port: number };
  modules: readonly HttpModule[];
  /** Documented surfaces that this build lacks. */
  unavailable?: readonly UnavailableRoute[];
  /**
   * Where people reach the server, when that differs from where it listens. A request for another host, or from a page
   * of another origin, is refused, so that no web page reaches a server that asks for no credentials.
   */
  publicUrl?: string;
  telemetry: Telemetry;
  clock: Clock;
  ids: Ids;
  /** Title and version of the OpenAPI document. */
  title: string;
  version: string;
  /** How long requests in flight may take once the server stops; 10 s unless told. */
  drainMs?: number;
  /** 128 MiB of answers that are not read, and connections that take nothing of one for 30 s, unless told. */
  answers?: Partial<AnswerBounds>;
  /** Bytes of bodies that are received and not answered yet, over all connections together; 128 MiB unless told. */
  bodyBytes?: number;
}

export interface HttpServer extends Service {
  /** Where it listens, such as `http://127.0.0.1:7400`. Valid once started. */
  readonly url: string;
  readonly port: number;
  /** `/readyz` answers 503 until this was called with true; the host calls it with false before it stops anything. */
  setReady(ready: boolean): void;
  /** As `/health` tells it. */
  health(): Promise<HealthReport>;
  /** The OpenAPI document of `/openapi.json`; needs no start. */
  describe(): object;
}

const limits = {
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  timeoutCheckMs: 2_000,
  /** Longer than the 60 s that load balancers keep an idle connection, so that they close first. */
  keepAliveMs: 72_000,
  pathParameter: 1_024,
} as const;
const defaultDrainMs = 10_000;
const idleCheckMs = 50;
const farewellMs = 500;
const methodsOfRoutes: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const telemetry = options.telemetry.child({ service: 'http' });
  const guard = createBrowserGuard({ host: options.listen.host, port: () => http.port, publicUrl: options.publicUrl });
  const large = new LargeRequests();
  const handling = createRequestHandling({
    ...options,
    telemetry,
    guard,
    large,
    answers: new AnswerBudget(options.answers),
  });
  const health = createHealthCheck(options.modules, options.clock);
  const describe = () => openApiDocument(routes, options.title, options.version);
  const routes: Route[] = [
    ...options.modules.flatMap((module) => module.routes),
    ...systemRoutes({ telemetry, health }, handling, describe),
  ];
  const app = createApp(options, routes, handling);
  const gate = createSocketGate({
    routes: options.modules.flatMap((module) => module.sockets ?? []),
    guard,
    large,
    clock: options.clock,
    ids: options.ids,
    log: telemetry.log,
  });
  const http = serve(app, gate, handling, { describe, health: () => health.report(handling.isReady()) }, options);
  return http;
}

function createApp(options: HttpServerOptions, routes: readonly Route[], handling: RequestHandling): FastifyInstance {
  const app = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    logger: false,
    routerOptions: { maxParamLength: limits.pathParameter },
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckMs,
      // Node would answer without a word of why.
      requireHostHeader: false,
    },
    genReqId: (request) => requestIdOf(request.headers, () => options.ids.next()),
    frameworkErrors: (error, request, reply) => handling.fail(error, request as never, reply as never),
    clientErrorHandler: refuseBadConnections,
  });
  app.addHook('onRequest', handling.admit);
  const bodies = new BodyBudget(options.bodyBytes);
  app.addHook('preParsing', (request, reply, body, done) => {
    bodies.watch(request.raw, reply.raw);
    done(null, body);
  });
  app.setErrorHandler((error, request, reply) => handling.fail(error, request, reply));
  // Of methods that no route can have the framework looks at nothing, not even at a body: each finds that it is not there.
  for (const method of METHODS) {
    if (!methodsOfRoutes.has(method)) app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  }
  installBodyParser(app);
  for (const route of routes) handling.install(app, route);
  installNotFound(app, routes, options.unavailable ?? [], handling);
  return app;
}

function serve(
  app: FastifyInstance,
  gate: SocketGate,
  handling: RequestHandling,
  surface: Pick<HttpServer, 'describe' | 'health'>,
  { listen, clock, drainMs = defaultDrainMs }: HttpServerOptions,
): HttpServer {
  const server = app.server as Server;
  const port = () => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : listen.port;
  };
  const start = async () => {
    server.on('upgrade', gate.upgrade);
    server.on('connect', refuseTunnel);
    server.on('checkExpectation', refuseExpectation);
    await app.listen({ host: listen.host, port: listen.port });
  };
  const stop = async () => {
    handling.stopping();
    gate.close();
    const force = clock.after(drainMs, () => {
      gate.destroy();
      server.closeAllConnections();
    });
    // A socket has nothing left to say once it was told; one whose peer is frozen never answers the farewell.
    const cut = clock.after(farewellMs, () => gate.destroy());
    // Closing ends the connections that are idle now, and then waits for those that become so only later.
    let cancel = () => {};
    const sweep = () => {
      server.closeIdleConnections();
      cancel = clock.after(idleCheckMs, sweep);
    };
    sweep();
    await app.close();
    cancel();
    cut();
    force();
  };
  return {
    ...createLifecycle({ name: 'http', start, stop }),
    get url() {
      const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
      return `http://${host}:${port()}`;
    },
    get port() {
      return port();
    },
    setReady: handling.setReady,
    ...surface,
  };
}
