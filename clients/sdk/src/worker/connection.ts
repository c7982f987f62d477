import { subprotocol } from '@taskflow/contracts-worker-protocol';
import { WebSocket } from 'ws';
import { fullJitter } from '../api/backoff.ts';
import { UnauthorizedError } from '../errors.ts';
import type { WorkerClock } from './worker-clock.ts';

export interface ConnectionEvents {
  opened(): void;
  frame(text: string): void;
  /** `reason` is for an operator. */
  closed(reason: string): void;
  /** No further try will do better. */
  refused(error: Error): void;
}

export interface ConnectionOptions {
  /** `http(s)://…`, without a path at its end. */
  readonly url: string;
  readonly apiKey?: string;
  readonly clock: WorkerClock;
  readonly random: () => number;
}

const firstRetryMs = 50;
/** Well below a lease, so that a short break of the connection costs no attempt. */
const maxRetryMs = 3_000;
const handshakeTimeoutMs = 10_000;
/** A frozen server does not answer the close: the program must be able to end all the same. */
const closeWithinMs = 1_000;

/** Opens one WebSocket after another to the worker endpoint, until it is closed. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  #socket: WebSocket | undefined;
  /** Cancels the next try, or the wait for the answer to a close. */
  #cancelTimer: (() => void) | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
  }

  open(): void {
    const { url, apiKey } = this.#options;
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/worker`, subprotocol, {
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      handshakeTimeout: handshakeTimeoutMs,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    let reason = 'closed by the server';
    socket.on('open', () => this.#events.opened());
    socket.on('message', (data: Buffer) => this.#events.frame(data.toString()));
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      reason = `answered ${response.statusCode}`;
      if (response.statusCode !== 401 && response.statusCode !== 403) return;
      this.#closed = true;
      this.#events.refused(new UnauthorizedError('unauthorized', `${url} refused the worker: ${response.statusCode}`));
    });
    socket.on('error', (error) => {
      reason = error.message || ('code' in error ? String(error.code) : error.name);
    });
    socket.on('close', (_code, text) => {
      if (this.#socket === socket) this.#lost(text.length > 0 ? text.toString() : reason);
    });
  }

  /** The other side is well: the next failure begins with a short wait again. */
  established(): void {
    this.#failures = 0;
  }

  send(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Gives this socket up, without the handshake that a dead peer would not answer; a new one follows. */
  abandon(): void {
    this.#socket?.terminate();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    if (this.#socket === undefined) return;
    this.#socket.close(1000, 'the worker stops');
    this.#cancelTimer = this.#options.clock.after(closeWithinMs, () => this.abandon());
  }

  #lost(reason: string): void {
    this.#socket = undefined;
    this.#cancelTimer?.();
    this.#events.closed(reason);
    if (this.#closed) return;
    const waitMs = fullJitter(this.#failures, firstRetryMs, maxRetryMs, this.#options.random);
    this.#failures += 1;
    this.#cancelTimer = this.#options.clock.after(waitMs, () => this.open());
  }
}
