import type { SocketRequest } from '@taskflow/kit-http';
import { OverloadedError } from '@taskflow/kit-resilience';
import type { Clock } from '@taskflow/kit-time';
import type { WebSocket } from 'ws';
import type { WireBounds } from '../application/bounds.ts';

const windowMs = 100;
const closeTryLater = 1013;

/** The counts that all connections of workers share. */
export interface SharedFlow {
  unsent: number;
  answering: number;
}

type Reason = 'answering' | 'frames' | 'turn' | 'unsent';

export interface SocketFlowOptions {
  readonly socket: WebSocket;
  readonly request: Pick<SocketRequest, 'hold' | 'turn'>;
  readonly clock: Clock;
  readonly shared: SharedFlow;
  readonly bounds: WireBounds;
}

/** Reads a frame; gives what ends when it is answered, where that takes time. */
type Read = (frame: Buffer) => Promise<void> | undefined;

/**
 * Holds a connection to what it can carry: a worker that sends faster than it is answered, or reads slower than it is
 * sent, is not read until it has caught up. The network then holds it back, and nothing piles up here.
 */
export class SocketFlow {
  readonly #socket: WebSocket;
  readonly #request: SocketFlowOptions['request'];
  readonly #clock: Clock;
  readonly #shared: SharedFlow;
  readonly #reasons = new Set<Reason>();
  readonly #bounds: WireBounds;
  /** Frames that came and are not read: the first one is large, and waits for its turn. */
  #waiting: Buffer[] = [];
  #answering = 0;
  #answeringBytes = 0;
  #windowBegan = Number.NEGATIVE_INFINITY;
  #frames = 0;

  constructor({ socket, request, clock, shared, bounds }: SocketFlowOptions) {
    this.#bounds = bounds;
    this.#socket = socket;
    this.#request = request;
    this.#clock = clock;
    this.#shared = shared;
  }

  /** Its worker reads slower than work is dispatched. */
  get isCongested(): boolean {
    const { bufferedAmount } = this.#socket;
    const { unsentBytes, unsentBytesOfAll } = this.#bounds;
    return bufferedAmount > unsentBytes || (bufferedAmount > 0 && this.#shared.unsent > unsentBytesOfAll);
  }

  /** A frame came in. Frames are read in their order, a large one in a turn of the event loop that it has to itself. */
  take(frame: Buffer, read: Read): void {
    this.#countFrame();
    this.#waiting.push(frame);
    if (this.#waiting.length === 1) this.#readWaiting(read);
  }

  #countFrame(): void {
    const now = this.#clock.monotonic();
    if (now - this.#windowBegan >= windowMs) {
      this.#windowBegan = now;
      this.#frames = 0;
    }
    this.#frames += 1;
    if (this.#frames !== this.#bounds.framesPerWindow) return;
    this.#hold('frames');
    this.#clock.after(windowMs, () => this.#release('frames'));
  }

  #readWaiting(read: Read): void {
    for (let frame = this.#waiting[0]; frame; frame = this.#waiting[0]) {
      const turn = this.#turnOf(frame);
      if (turn) return void this.#readInTurn(frame, turn, read);
      this.#answer(frame, read);
      this.#waiting.shift();
    }
  }

  #turnOf(frame: Buffer): Promise<void> | undefined {
    try {
      return this.#request.turn(frame.length);
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
      // Nothing is lost: the worker sends its reports again when it is back.
      this.#socket.close(closeTryLater, error.code);
      return undefined;
    }
  }

  async #readInTurn(frame: Buffer, turn: Promise<void>, read: Read): Promise<void> {
    const letGo = this.#request.hold(frame.length);
    this.#hold('turn');
    await turn;
    letGo();
    this.#answer(frame, read);
    this.#waiting.shift();
    this.#release('turn');
    this.#readWaiting(read);
  }

  /** Counts the frame as being answered until what `read` gives has ended. */
  #answer(frame: Buffer, read: Read): void {
    // Refused: what was on its way behind a refused frame is not looked at.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const answered = read(frame);
    if (answered) void this.#whileAnswering(frame.length, answered);
  }

  async #whileAnswering(bytes: number, answered: Promise<void>): Promise<void> {
    const letGo = this.#request.hold(bytes);
    this.#countAnswering(1, bytes);
    try {
      await answered;
    } finally {
      letGo();
      this.#countAnswering(-1, -bytes);
    }
  }

  #countAnswering(frames: number, bytes: number): void {
    const { answeringFrames, answeringBytes, answeringBytesOfAll } = this.#bounds;
    this.#answering += frames;
    this.#answeringBytes += bytes;
    this.#shared.answering += bytes;
    // Where all together are over it, each goes on once its own frames are answered, so that none waits for another.
    const isOver = this.#answeringBytes >= answeringBytes || this.#shared.answering >= answeringBytesOfAll;
    if (this.#answering >= answeringFrames || (isOver && this.#answering > 0)) this.#hold('answering');
    else this.#release('answering');
  }

  /** Sends unless the connection has ended; `sent` is called when that much less waits. */
  send(text: string, sent: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const bytes = text.length;
    this.#shared.unsent += bytes;
    this.#socket.send(text, () => {
      this.#shared.unsent -= bytes;
      if (this.#socket.bufferedAmount <= this.#bounds.unreadBytes) this.#release('unsent');
      sent();
    });
    if (this.#socket.bufferedAmount > this.#bounds.unreadBytes) this.#hold('unsent');
  }

  #hold(reason: Reason): void {
    if (this.#reasons.size === 0) this.#socket.pause();
    this.#reasons.add(reason);
  }

  #release(reason: Reason): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#socket.resume();
  }
}
