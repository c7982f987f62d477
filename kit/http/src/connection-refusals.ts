import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem, problemContentType } from './problem.ts';

interface ConnectionError extends Error {
  code?: string;
  /** What the parser was reading. */
  rawPacket?: unknown;
}

/** Answers what the HTTP parser refuses before there is a request, and closes the connection. */
export function refuseBadConnections(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  writeProblem(socket, problemOfParser(error.code), { isHead: beginsHead(error.rawPacket) });
}

function beginsHead(bytes: unknown): boolean {
  return Buffer.isBuffer(bytes) && bytes.toString('latin1', 0, 5) === 'HEAD ';
}

/** A tunnel is asked for by a method that no route sees; unanswered, it would be closed without a word. */
export function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  const detail = 'This server opens no tunnels: it has no CONNECT.';
  writeProblem(socket as Socket, new Problem(405, { code: 'method_not_allowed', detail }));
}

/** `Expect` with anything but `100-continue`. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const detail = 'The only expectation that is met is 100-continue.';
  const problem = new Problem(417, { code: 'expectation_failed', detail });
  response.writeHead(417, { 'content-type': problemContentType, connection: 'close' });
  response.end(JSON.stringify(problem.toBody('')));
}

/** For sockets without a response object: writes the answer, to a HEAD its head alone, and ends the connection. */
export function writeProblem(
  socket: Socket,
  problem: Problem,
  { requestId = '', isHead = false }: { requestId?: string; isHead?: boolean } = {},
): void {
  const body = JSON.stringify(problem.toBody(requestId));
  const headers = { ...problem.headers, ...(requestId && { 'x-request-id': requestId }) };
  const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: ${problemContentType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n${extra.join('')}connection: close\r\n\r\n${isHead ? '' : body}`,
  );
}

function problemOfParser(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem(431, { code: 'headers_too_large', detail: 'The headers are longer than 16 kB.' });
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem(408, { code: 'request_timeout', detail: 'The request did not arrive in time.' });
  }
  return new Problem(400, { code: 'malformed_request', detail: 'The request is not valid HTTP/1.1.' });
}
