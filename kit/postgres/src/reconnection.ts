import { backoff } from '@taskflow/kit-resilience';
import type { Clock, Random } from '@taskflow/kit-time';

const pauses = { baseMs: 50, capMs: 1_000 };

/**
 * Connects again by itself whenever a connection was lost, until that succeeds: an idle program must learn that its
 * server began a new run, although nobody asks it anything.
 */
export class Reconnection {
  readonly #connect: () => Promise<void>;
  readonly #clock: Clock;
  readonly #random: Random;
  #isTrying = false;
  #isClosed = false;
  #cancelPause: (() => void) | undefined;

  constructor(connect: () => Promise<void>, clock: Clock, random: Random) {
    this.#connect = connect;
    this.#clock = clock;
    this.#random = random;
  }

  lost(): void {
    if (this.#isTrying || this.#isClosed) return;
    this.#isTrying = true;
    void this.#try(1);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelPause?.();
  }

  async #try(attempt: number): Promise<void> {
    try {
      await this.#connect();
      this.#isTrying = false;
    } catch {
      if (this.#isClosed) return;
      const pauseMs = backoff(attempt, pauses, this.#random);
      this.#cancelPause = this.#clock.after(pauseMs, () => void this.#try(attempt + 1));
    }
  }
}
