import { seededRandom } from '@taskflow/kit-testing';
import type { Random } from '@taskflow/kit-time';

/** One stream of chance. Each part of a run has its own, so that a draw more in one does not change all the others. */
export class Chance implements Random {
  readonly #source: Random;

  constructor(seed: number, part: string) {
    let mixed = seed >>> 0;
    for (const character of part) mixed = Math.imul(mixed ^ character.charCodeAt(0), 0x01000193) >>> 0;
    this.#source = seededRandom(mixed);
    // The first numbers of neighbouring seeds are alike.
    for (let i = 0; i < 4; i += 1) this.#source.next();
  }

  next(): number {
    return this.#source.next();
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)] as T;
  }

  /** Mostly short, at times long: milliseconds with a mean of about `meanMs`, at most forty times that. */
  span(meanMs: number): number {
    return Math.min(40 * meanMs, Math.round(-Math.log(1 - this.next()) * meanMs));
  }
}
