import { pause } from '../api/backoff.ts';

const firstMs = 50;
const longestMs = 5_000;

/** What a test replaces. */
export interface PaceSurroundings {
  readonly random: () => number;
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Spaces out reads that should have waited on the server and came back at once without an end: a proxy may leave the
 * wait out, and a server that stops does. Each time in a row it waits longer, never past `leftMs`.
 */
export class Pace {
  readonly #surroundings: PaceSurroundings;
  #early = 0;

  constructor(surroundings: PaceSurroundings = { random: Math.random, pause }) {
    this.#surroundings = surroundings;
  }

  async next(askedMs: number, tookMs: number, leftMs: number, signal?: AbortSignal): Promise<void> {
    if (tookMs >= askedMs / 2) {
      this.#early = 0;
      return;
    }
    const most = Math.min(longestMs, firstMs * 2 ** Math.min(this.#early, 10));
    this.#early += 1;
    const waitMs = Math.min(leftMs, Math.ceil(most / 2 + (this.#surroundings.random() * most) / 2));
    await this.#surroundings.pause(waitMs, signal);
  }
}
