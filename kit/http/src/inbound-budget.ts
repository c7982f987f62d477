import type { Socket } from 'node:net';
import type { Clock } from '@taskflow/kit-time';
import type { WebSocket } from 'ws';

export interface InboundBounds {
  /** Bytes that a socket may send before it is admitted. */
  readonly unadmitted: number;
  /** Bytes of messages that have begun and are not answered yet, over all sockets together. */
  readonly unanswered: number;
}

/** The share of one socket in what this process holds. */
export interface InboundShare {
  /** From now on it may send more than a first word. */
  admit(): void;
  /** Counts a whole message of so many bytes until what it gives is called. */
  hold(bytes: number): () => void;
}

/** A message up to this size is cut off for what others send only where they make this process hold twice the budget. */
const smallMessage = 1024 * 1024;
const messageTooBig = 1009;
const tryAgainLater = 1013;
/** For the close frame to leave: a socket that is not read cannot answer it. */
const cutAfterMs = 1_000;

/**
 * Bounds what open sockets make this process hold: the library keeps each message until it is whole, so a few sockets
 * that begin large ones fill the memory before any of them is seen, and whole ones wait until they are answered.
 */
export class InboundBudget {
  readonly #bounds: InboundBounds;
  readonly #clock: Clock;
  #held = 0;

  constructor(bounds: InboundBounds, clock: Clock) {
    this.#bounds = bounds;
    this.#clock = clock;
  }

  /** Watches a socket until it closes. */
  watch(socket: WebSocket, stream: Socket): InboundShare {
    let isAdmitted = false;
    let partial = 0;
    let unadmitted = 0;
    const ended = () => {
      this.#held -= partial;
      partial = 0;
    };
    const received = (chunk: Buffer) => {
      // What a socket sends that is being closed is thrown away.
      if (socket.readyState !== socket.OPEN) return ended();
      partial += chunk.length;
      this.#held += chunk.length;
      if (!isAdmitted) unadmitted += chunk.length;
      if (!isAdmitted && unadmitted > this.#bounds.unadmitted) this.#cut(socket, messageTooBig, 'message_too_large');
      else if (this.#isTooMuch(partial)) this.#cut(socket, tryAgainLater, 'overloaded');
    };
    // Before the library reads it: what ends a message must not be counted for the next one, which may never come.
    stream.prependListener('data', received);
    socket.on('message', ended);
    socket.once('close', () => {
      stream.off('data', received);
      ended();
    });
    return {
      admit: () => {
        isAdmitted = true;
      },
      hold: (bytes) => {
        this.#held += bytes;
        return () => {
          this.#held -= bytes;
        };
      },
    };
  }

  #isTooMuch(partial: number): boolean {
    const { unanswered } = this.#bounds;
    return this.#held > (partial > smallMessage ? unanswered : 2 * unanswered);
  }

  #cut(socket: WebSocket, code: number, reason: string): void {
    socket.close(code, reason);
    socket.pause();
    const cancel = this.#clock.after(cutAfterMs, () => socket.terminate());
    socket.once('close', cancel);
  }
}
