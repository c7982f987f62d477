import { pause } from '../api/backoff.ts';

const firstMs = 50;
const maxMs = 5_000;

/** Replaced by tests. */
export interface PaceEnvironment {
  readonly random: () => number;
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Spaces out reads that should have waited on the server and came back at once without an end: a proxy may leave the
 * wait out, and a server that stops does. Each time in a row it waits longer, never past `leftMs`.
 */
export class Pace {
  readonly #environment: PaceEnvironment;
  #early = 0;

  constructor(environment: PaceEnvironment = { random: Math.random, pause }) {
    this.#environment = environment;
  }

  async next(askedMs: number, tookMs: number, leftMs: number, signal?: AbortSignal): Promise<void> {
    if (tookMs >= askedMs / 2) {
      this.#early = 0;
      return;
    }
    const maxWaitMs = Math.min(maxMs, firstMs * 2 ** Math.min(this.#early, 10));
    this.#early += 1;
    const waitMs = Math.min(leftMs, Math.ceil(maxWaitMs / 2 + (this.#environment.random() * maxWaitMs) / 2));
    await this.#environment.pause(waitMs, signal);
  }
}
