import type { Clock } from '@taskflow/kit-time';
import type { WebSocket } from 'ws';
import type { WireBounds } from '../application/bounds.ts';

const windowMs = 100;

/** What all connections of workers share. */
export interface SharedFlow {
  unsent: number;
  answering: number;
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
  private readonly bounds: WireBounds;
  private answering = 0;
  private answeringBytes = 0;
  private windowBegan = Number.NEGATIVE_INFINITY;
  private frames = 0;

  constructor(socket: WebSocket, clock: Clock, shared: SharedFlow, bounds: WireBounds) {
    this.bounds = bounds;
    this.socket = socket;
    this.clock = clock;
    this.shared = shared;
  }

  /** Its worker reads slower than work is handed over. */
  get isCongested(): boolean {
    const { bufferedAmount } = this.socket;
    const { unsentBytes, unsentBytesOfAll } = this.bounds;
    return bufferedAmount > unsentBytes || (bufferedAmount > 0 && this.shared.unsent > unsentBytesOfAll);
  }

  /** A frame came in. */
  received(): void {
    const now = this.clock.monotonic();
    if (now - this.windowBegan >= windowMs) {
      this.windowBegan = now;
      this.frames = 0;
    }
    this.frames += 1;
    if (this.frames !== this.bounds.framesPerWindow) return;
    this.hold('frames');
    this.clock.after(windowMs, () => this.release('frames'));
  }

  /** Counts a frame of so many bytes as being answered until `work` ends. */
  async whileAnswering(bytes: number, work: Promise<void>): Promise<void> {
    this.countAnswering(1, bytes);
    try {
      await work;
    } finally {
      this.countAnswering(-1, -bytes);
    }
  }

  private countAnswering(frames: number, bytes: number): void {
    const { answeringFrames, answeringBytes, answeringBytesOfAll } = this.bounds;
    this.answering += frames;
    this.answeringBytes += bytes;
    this.shared.answering += bytes;
    // Where all together are over it, each goes on once its own frames are answered, so that none waits for another.
    const isOver = this.answeringBytes >= answeringBytes || this.shared.answering >= answeringBytesOfAll;
    if (this.answering >= answeringFrames || (isOver && this.answering > 0)) this.hold('answering');
    else this.release('answering');
  }

  /** Sends unless the connection has ended; `sent` is called when that much less waits. */
  send(text: string, sent: () => void): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const bytes = text.length;
    this.shared.unsent += bytes;
    this.socket.send(text, () => {
      this.shared.unsent -= bytes;
      if (this.socket.bufferedAmount <= this.bounds.unreadBytes) this.release('unsent');
      sent();
    });
    if (this.socket.bufferedAmount > this.bounds.unreadBytes) this.hold('unsent');
  }

  private hold(reason: Reason): void {
    if (this.reasons.size === 0) this.socket.pause();
    this.reasons.add(reason);
  }

  private release(reason: Reason): void {
    if (this.reasons.delete(reason) && this.reasons.size === 0) this.socket.resume();
  }
}
