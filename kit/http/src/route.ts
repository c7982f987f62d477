import type { IncomingHttpHeaders } from 'node:http';
import type { JsonRefusal } from '@taskflow/kit-json';
import type { WebSocket } from 'ws';
import type { InboundBounds, InboundShare } from './inbound-budget.ts';
import type { ZodType, ZodUndefined, z } from 'zod';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request that has passed the edge: its parts are checked by the route's schemas. */
export interface HttpRequest<Body = unknown, Query = unknown, Params = unknown> {
  readonly body: Body;
  /** With `itemsApart`: why an item of that list is not taken, by its index. Of such an item only names may be read. */
  readonly refusedItems: ReadonlyMap<number, JsonRefusal>;
  readonly query: Query;
  readonly params: Params;
  readonly headers: IncomingHttpHeaders;
  /** The caller's `X-Request-Id`, or one made here. */
  readonly requestId: string;
  /** W3C trace context of the caller, when it sent a valid one. */
  readonly traceparent: string | undefined;
  /** Aborted when the caller has gone or the server stops: a waiting handler answers with what it has. */
  readonly signal: AbortSignal;
  /**
   * `Prefer: wait=N` in seconds, 0..60; `undefined` when the caller did not ask to wait. Whoever waits says so in
   * `Preference-Applied`.
   */
  readonly waitSeconds: number | undefined;
  /** `Prefer: return=minimal`: the caller wants to know what was made, and not to have it repeated. */
  readonly wantsMinimal: boolean;
}

export interface HttpAnswer {
  status: number;
  /** Printed as JSON. */
  body?: unknown;
  /** JSON text that goes out as it is; wins over `body`. */
  json?: string;
  headers?: Record<string, string>;
}

/** Marks routes that say how the process is: they are answered however much it holds. */
export const systemTag = 'system';

export interface Route {
  method: Method;
  /** With parameters as `:name`, such as `/api/v1/tasks/:id`. */
  path: string;
  summary: string;
  /** Groups routes in the OpenAPI document. */
  tag: string;
  /** A request without a body is checked as `{}`. */
  body?: ZodType;
  /** Absent: the route has no parameters, and refuses any. */
  query?: ZodType;
  /** A parameter that does not fit names nothing that exists: 404. */
  params?: ZodType;
  /** Schema of the body by status; `null` for an answer without one. Problems need not be listed. */
  answers: Record<number, ZodType | null>;
  /**
   * Member of the body whose items belong to several owners: what the text of one holds that cannot be kept is told of
   * it in `refusedItems`, and refuses neither its neighbours nor the request.
   */
  itemsApart?: string;
  /** Media type of answers that are no JSON. */
  mediaType?: string;
  /** Most bytes of a body; 1 MiB unless told. */
  bodyLimit?: number;
  handle(request: HttpRequest): Promise<HttpAnswer>;
}

/** A route whose handler sees the types that its schemas make. */
export interface TypedRoute<B extends ZodType, Q extends ZodType, P extends ZodType>
  extends Omit<Route, 'body' | 'query' | 'params' | 'handle'> {
  body?: B;
  query?: Q;
  params?: P;
  handle(request: HttpRequest<z.output<B>, z.output<Q>, z.output<P>>): Promise<HttpAnswer>;
}

export function route<
  B extends ZodType = ZodUndefined,
  Q extends ZodType = ZodUndefined,
  P extends ZodType = ZodUndefined,
>(definition: TypedRoute<B, Q, P>): Route {
  return definition as Route;
}

/** `admit` is called once the other side has said who it is, `hold` for each message that is not answered at once. */
export interface SocketRequest extends InboundShare {
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
  /**
   * Resolves when a message of so many bytes may be read: large ones take turns with the large bodies of requests.
   * `undefined` for one that may be read at once; throws `OverloadedError` where too many bytes wait.
   */
  turn(bytes: number): Promise<void> | undefined;
}

export interface SocketRoute {
  path: string;
  /** The client must offer it, and it is the one that is chosen. */
  subprotocol: string;
  /** Most bytes of one message; a longer one closes the socket with 1009. */
  maxPayload: number;
  /** Open sockets at once; one more is refused with 503. */
  maxSockets: number;
  inbound: InboundBounds;
  accept(socket: WebSocket, request: SocketRequest): void;
}

export interface DependencyHealth {
  readonly state: 'ok' | 'failing';
  /** Public: no address, no version, no credentials. */
  readonly detail?: string;
  /** Epoch milliseconds since when it is failing, where the part knows; else when it was first seen to be. */
  readonly since?: number;
  /** False where requests can be served all the same: `/readyz` does not mind. */
  readonly blocking?: boolean;
}

export type Health = Record<string, DependencyHealth>;

/** The routes and sockets that a service puts on the server. */
export interface HttpModule {
  name: string;
  routes: readonly Route[];
  sockets?: readonly SocketRoute[];
  /** State of each dependency by its name inside the module, such as `database`. */
  health(): Promise<Health>;
}

/** A documented surface that this build does not have: answered 404 `not_available`, never `not_found`. */
export interface UnavailableRoute {
  /** Every method unless told. */
  methods?: readonly Method[];
  /** As in `Route`; a trailing `*` covers everything below. */
  path: string;
  /** What is missing, such as `Schedules`. */
  what: string;
}
