import type { Socket } from 'node:net';
import type { Clock } from '@taskflow/kit-time';
import type { WebSocket } from 'ws';

export interface InboundBounds {
  /** Bytes that a socket may send before it is admitted. */
  readonly unadmitted: number;
  /** Bytes of messages that have begun and not ended, over all sockets together. */
  readonly partial: number;
}

/** A message up to this size is never cut off for what others send. */
const smallMessage = 1024 * 1024;
const messageTooBig = 1009;
const tryAgainLater = 1013;
/** For the close frame to leave: a socket that is not read cannot answer it. */
const cutAfterMs = 1_000;

/**
 * Bounds what open sockets make this process hold: the library keeps each message until it is whole, so a few sockets
 * that begin large ones fill the memory before any of them is seen.
 */
export class InboundBudget {
  private readonly bounds: InboundBounds;
  private readonly clock: Clock;
  private held = 0;

  constructor(bounds: InboundBounds, clock: Clock) {
    this.bounds = bounds;
    this.clock = clock;
  }

  /** Watches a socket until it closes. Gives what admits it. */
  watch(socket: WebSocket, stream: Socket): () => void {
    let isAdmitted = false;
    let partial = 0;
    let unadmitted = 0;
    const ended = () => {
      this.held -= partial;
      partial = 0;
    };
    const received = (chunk: Buffer) => {
      partial += chunk.length;
      this.held += chunk.length;
      if (!isAdmitted) unadmitted += chunk.length;
      if (!isAdmitted && unadmitted > this.bounds.unadmitted) this.cut(socket, messageTooBig, 'message_too_large');
      else if (partial > smallMessage && this.held > this.bounds.partial) this.cut(socket, tryAgainLater, 'overloaded');
    };
    stream.on('data', received);
    socket.on('message', ended);
    socket.once('close', () => {
      stream.off('data', received);
      ended();
    });
    return () => {
      isAdmitted = true;
    };
  }

  private cut(socket: WebSocket, code: number, reason: string): void {
    if (socket.readyState !== socket.OPEN) return;
    socket.close(code, reason);
    socket.pause();
    const cancel = this.clock.after(cutAfterMs, () => socket.terminate());
    socket.once('close', cancel);
  }
}
