import type { Socket } from 'node:net';
import { Problem, problemContentType } from './problem.ts';

interface ConnectionError extends Error {
  code?: string;
}

/** Answers what the HTTP parser refuses before there is a request, and closes the connection. */
export function refuseBadConnections(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  writeProblem(socket, problemOfParser(error.code));
}

/** For sockets without a response object: writes the answer and ends the connection. */
export function writeProblem(socket: Socket, problem: Problem, requestId = ''): void {
  const body = JSON.stringify(problem.toBody(requestId));
  const headers = { ...problem.headers, ...(requestId && { 'x-request-id': requestId }) };
  const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: ${problemContentType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n${extra.join('')}connection: close\r\n\r\n${body}`,
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
