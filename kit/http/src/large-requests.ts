import { OverloadedError } from '@taskflow/kit-resilience';

/** A body of so many bytes takes milliseconds to be read, judged and taken apart. */
const largeBytes = 16 * 1024;
const defaultMaxWaitingBytes = 128 * 1024 * 1024;

/**
 * Lets one request with a large body, or one large message of a socket, go on in each turn of the event loop. Reading and judging such a body cannot be
 * interrupted: a dozen that are there together would hold up everything else in the process for the time that all of
 * them take, and small work meets that at each of its many steps. One after the other, each is held up by one.
 */
export class LargeRequests {
  readonly #maxWaitingBytes: number;
  #turns = Promise.resolve();
  #waitingBytes = 0;

  constructor(maxWaitingBytes = defaultMaxWaitingBytes) {
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /**
   * Resolves when a request with such a body may go on; `undefined` for one that may go on at once. Throws
   * `OverloadedError` where the bodies that wait are too many bytes together.
   */
  turn(bodyBytes: number): Promise<void> | undefined {
    if (bodyBytes < largeBytes) return undefined;
    if (this.#waitingBytes > 0 && this.#waitingBytes + bodyBytes > this.#maxWaitingBytes)
      throw new OverloadedError(`requests with ${this.#waitingBytes} bytes are waiting`);
    this.#waitingBytes += bodyBytes;
    const turn = this.#turns.then(() => {
      this.#waitingBytes -= bodyBytes;
    });
    // The second one is called after whatever came in meanwhile.
    this.#turns = turn.then(() => new Promise((resolve) => setImmediate(() => setImmediate(resolve))));
    return turn;
  }
}
