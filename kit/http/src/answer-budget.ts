import type { ServerResponse } from 'node:http';
import { OverloadedError } from '@taskflow/kit-resilience';

export interface AnswerBounds {
  /** Bytes of answers that their callers have not taken yet, over all connections together. */
  readonly untakenBytes: number;
  /** A connection that takes nothing of its answer for so long is ended. */
  readonly stalledMs: number;
}

const defaultBounds: AnswerBounds = { untakenBytes: 128 * 1024 * 1024, stalledMs: 30_000 };
/** An answer up to this size is given as long as all together are less than twice the budget. */
const smallAnswer = 16 * 1024;

/**
 * Bounds what callers that do not read make this process hold: an answer is kept until its connection has taken it, and
 * one connection may ask for a thousand of them before it reads the first.
 */
export class AnswerBudget {
  readonly #bounds: AnswerBounds;
  #held = 0;

  constructor(bounds: Partial<AnswerBounds> = {}) {
    this.#bounds = { ...defaultBounds, ...bounds };
  }

  /** Before anything is done for a request. Throws `OverloadedError` where no more may be done. */
  admit(response: ServerResponse, isSystem: boolean): void {
    // With a listener of its own, one that is still worked on may stay silent however long it takes.
    response.on('timeout', endStalled);
    if (!isSystem && this.#held > 2 * this.#bounds.untakenBytes) throw this.#overloaded();
  }

  /**
   * Counts an answer until it is taken, or its connection has ended. Throws `OverloadedError` for a read that is too
   * much; what was done has to be told, however much it is.
   */
  give(response: ServerResponse, bytes: number, isRead: boolean): void {
    const { untakenBytes, stalledMs } = this.#bounds;
    const isLarge = bytes > smallAnswer;
    if (isRead && isLarge && this.#held > 0 && this.#held + bytes > untakenBytes) throw this.#overloaded();
    if (response.closed) return;
    if (isLarge) response.setTimeout(stalledMs);
    this.#held += bytes;
    response.once('close', () => {
      this.#held -= bytes;
    });
  }

  #overloaded(): OverloadedError {
    return new OverloadedError(`answers of ${this.#held} bytes are not read`);
  }
}

function endStalled(this: ServerResponse): void {
  if (this.writableEnded) this.destroy();
}
