import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock, Ids } from '@taskflow/kit-time';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BrowserGuard } from './browser-guard.ts';
import { writeProblem } from './connection-refusals.ts';
import { Problem } from './problem.ts';
import { InboundBudget } from './inbound-budget.ts';
import type { LargeRequests } from './large-requests.ts';
import { requestIdOf } from './request-view.ts';
import type { SocketRoute } from './route.ts';

export interface SocketGate {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes no more sockets and closes the open ones with 1001, which tells the client to come back elsewhere. */
  close(): void;
  /** Cuts the sockets that did not close. */
  destroy(): void;
}

interface GateOptions {
  routes: readonly SocketRoute[];
  guard: BrowserGuard;
  large: LargeRequests;
  clock: Clock;
  ids: Ids;
  log: Log;
}

const goingAway = 1001;

export function createSocketGate({ routes, guard, large, clock, ids, log }: GateOptions): SocketGate {
  const entries = routes.map((route) => {
    return { route, server: serverOf(route), inbound: new InboundBudget(route.inbound, clock), open: 0 };
  });
  const servers = new Map(entries.map((entry) => [entry.route.path, entry]));
  const open = new Set<WebSocket>();
  let closing = false;

  const accept = (entry: Entry, socket: WebSocket, request: IncomingMessage, requestId: string) => {
    const { route } = entry;
    open.add(socket);
    entry.open += 1;
    socket.once('close', () => {
      open.delete(socket);
      entry.open -= 1;
    });
    socket.on('error', (error) => log.debug({ err: error, requestId, route: route.path }, 'socket error'));
    const share = entry.inbound.watch(socket, request.socket);
    route.accept(socket, { ...share, requestId, headers: request.headers, turn: (bytes) => large.turn(bytes) });
  };

  return {
    upgrade(request, stream, head) {
      const socket = stream as Socket;
      socket.on('error', () => socket.destroy());
      const requestId = requestIdOf(request.headers, () => ids.next());
      const entry = servers.get((request.url ?? '').split('?', 1)[0] ?? '');
      const refusal = closing ? stopping() : (guard(request) ?? refuseHandshake(entry, request));
      if (refusal || !entry) {
        return writeProblem(socket, refusal ?? nothingHere(), { requestId, isHead: request.method === 'HEAD' });
      }
      entry.server.handleUpgrade(request, socket, head, (ws) => accept(entry, ws, request, requestId));
    },
    close() {
      closing = true;
      for (const socket of open) socket.close(goingAway, 'the server stops');
    },
    destroy() {
      for (const socket of open) socket.terminate();
    },
  };
}

function serverOf(route: SocketRoute): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    maxPayload: route.maxPayload,
    // Compression would hold memory per socket, and a small frame could unfold to a large one.
    perMessageDeflate: false,
    handleProtocols: () => route.subprotocol,
  });
}

interface Entry {
  readonly route: SocketRoute;
  readonly server: WebSocketServer;
  readonly inbound: InboundBudget;
  open: number;
}

function refuseHandshake(entry: Entry | undefined, request: IncomingMessage): Problem | undefined {
  if (!entry) return nothingHere();
  const { route } = entry;
  if (entry.open >= route.maxSockets) return full(route.maxSockets);
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (offered.includes(route.subprotocol)) return undefined;
  return new Problem(400, {
    code: 'subprotocol_required',
    detail: `This socket speaks the subprotocol ${route.subprotocol}; offer it in Sec-WebSocket-Protocol.`,
  });
}

function nothingHere(): Problem {
  return new Problem(404, { code: 'not_found', detail: 'No socket exists under this path.' });
}

function full(limit: number): Problem {
  return new Problem(503, {
    code: 'overloaded',
    detail: `${limit} sockets are open under this path. Try again later.`,
    headers: { 'retry-after': '1' },
    retryable: true,
  });
}

function stopping(): Problem {
  return new Problem(503, {
    code: 'unavailable',
    detail: 'The server is stopping.',
    headers: { 'retry-after': '1' },
    retryable: true,
  });
}
