import type { IncomingMessage, ServerResponse } from 'node:http';
import { OverloadedError } from '@taskflow/kit-resilience';

const defaultHeldBytes = 128 * 1024 * 1024;
/** A body that has sent no more than this is never refused for what others send: heartbeats and small tasks go on. */
const smallBody = 16 * 1024;
/** One up to this size is refused only where all together are twice the budget. */
const middleBody = 1024 * 1024;

/**
 * Bounds what callers that send slowly make this process hold: a body is kept until it is whole, and a few hundred
 * connections that each send most of a large one fill the memory before any of them is seen.
 */
export class BodyBudget {
  readonly #heldBytes: number;
  #held = 0;

  constructor(heldBytes = defaultHeldBytes) {
    this.#heldBytes = heldBytes;
  }

  /**
   * Counts what comes of a body until its request is answered or its connection has ended. Fails the body with
   * `OverloadedError` where it is too much; what is still sent of it is thrown away.
   */
  watch(body: IncomingMessage, response: ServerResponse): void {
    if (isSmall(body)) return;
    let received = 0;
    const count = (chunk: Buffer) => {
      received += chunk.length;
      this.#held += chunk.length;
      if (!this.#isTooMuch(received)) return;
      const error = new OverloadedError(`bodies of ${this.#held} bytes are held`);
      release();
      body.emit('error', error);
    };
    const release = () => {
      body.off('data', count);
      this.#held -= received;
      received = 0;
    };
    body.on('data', count);
    response.once('close', release);
  }

  #isTooMuch(received: number): boolean {
    if (received <= smallBody) return false;
    return this.#held > (received > middleBody ? this.#heldBytes : 2 * this.#heldBytes);
  }
}

/** By what its head says: also a request without a body, which most are and which costs nothing here. */
function isSmall({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] === undefined : Number(length) <= smallBody;
}
