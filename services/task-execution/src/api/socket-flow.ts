import type { Clock } from '@taskflow/kit-time';
import type { WebSocket } from 'ws';

/** Unsent bytes of one connection above which its worker gets no more work, and above which it is not read any more. */
const mostUnsent = 4 * 1024 * 1024;
const mostUnanswered = 4 * mostUnsent;
/** Unsent bytes of all connections above which none of those that are behind gets more work. */
const mostUnsentOfAll = 256 * 1024 * 1024;
/** Frames being answered; above it the socket is not read. */
const mostAnswering = 256;
/** Frames within one window; more wait for the next one. A busy worker sends a few per turn of its event loop. */
const mostFrames = 2_000;
const windowMs = 100;

/** What all connections of workers share. */
export interface SharedFlow {
  unsent: number;
}

type Reason = 'answering' | 'frames' | 'unsent';

/**
 * Holds a connection to what it can carry: a worker that sends faster than it is answered, or reads slower than it is
 * sent, is not read until it has caught up. The network then holds it back, and nothing piles up here.
 */
export class SocketFlow {
  private readonly socket: WebSocket;
  private readonly clock: Clock;
  private readonly shared: SharedFlow;
  private readonly reasons = new Set<Reason>();
  private answering = 0;
  private windowBegan = Number.NEGATIVE_INFINITY;
  private frames = 0;

  constructor(socket: WebSocket, clock: Clock, shared: SharedFlow) {
    this.socket = socket;
    this.clock = clock;
    this.shared = shared;
  }

  /** Its worker reads slower than work is handed over. */
  get isCongested(): boolean {
    const { bufferedAmount } = this.socket;
    return bufferedAmount > mostUnsent || (bufferedAmount > 0 && this.shared.unsent > mostUnsentOfAll);
  }

  /** A frame came in. */
  received(): void {
    const now = this.clock.monotonic();
    if (now - this.windowBegan >= windowMs) {
      this.windowBegan = now;
      this.frames = 0;
    }
    this.frames += 1;
    if (this.frames !== mostFrames) return;
    this.hold('frames');
    this.clock.after(windowMs, () => this.release('frames'));
  }

  /** Counts a frame as being answered until `work` ends. */
  async whileAnswering(work: Promise<void>): Promise<void> {
    this.answering += 1;
    if (this.answering === mostAnswering) this.hold('answering');
    try {
      await work;
    } finally {
      if (this.answering === mostAnswering) this.release('answering');
      this.answering -= 1;
    }
  }

  /** Sends unless the connection has ended; `sent` is called when that much less waits. */
  send(text: string, sent: () => void): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const bytes = text.length;
    this.shared.unsent += bytes;
    this.socket.send(text, () => {
      this.shared.unsent -= bytes;
      if (this.socket.bufferedAmount <= mostUnanswered) this.release('unsent');
      sent();
    });
    if (this.socket.bufferedAmount > mostUnanswered) this.hold('unsent');
  }

  private hold(reason: Reason): void {
    if (this.reasons.size === 0) this.socket.pause();
    this.reasons.add(reason);
  }

  private release(reason: Reason): void {
    if (this.reasons.delete(reason) && this.reasons.size === 0) this.socket.resume();
  }
}
