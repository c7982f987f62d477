import { reasonOf, type Trouble } from '@taskflow/kit-lifecycle';
import type { Clock } from '@taskflow/kit-time';

interface Stuck {
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Monotonic milliseconds of the latest try. */
  readonly triedAt: number;
}

/** How long what is stuck is left alone before it is tried again: who mends the database need not tell. */
const retryAfterMs = 60_000;

/**
 * Tasks and sessions that the database lets nobody carry on or end, by id. The sweeps pass over them and go on behind
 * them; health tells of them until a try succeeds.
 */
export class StuckWork {
  readonly name = 'stuck-work';
  readonly #clock: Clock;
  readonly #max: number;
  readonly #stuck = new Map<string, Stuck>();

  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /** Gives whether it is news. */
  add(id: string, error: unknown): boolean {
    const known = this.#stuck.get(id);
    const since = known?.since ?? this.#clock.now();
    // Behind the others: the first one has waited longest for its next try.
    this.#stuck.delete(id);
    this.#stuck.set(id, { reason: reasonOf(error), since, triedAt: this.#clock.monotonic() });
    const [first] = this.#stuck.keys();
    if (first !== undefined && this.#stuck.size > this.#max) this.#stuck.delete(first);
    return known === undefined;
  }

  has(id: string): boolean {
    const stuck = this.#stuck.get(id);
    return stuck !== undefined && this.#ageOf(stuck) < retryAfterMs;
  }

  /** Those that are left alone now. */
  ids(): string[] {
    return [...this.#stuck.keys()].filter((id) => this.has(id));
  }

  get size(): number {
    this.#forgetWhatIsOver();
    return this.#stuck.size;
  }

  trouble(): Trouble | undefined {
    this.#forgetWhatIsOver();
    const [first] = this.#stuck;
    if (!first) return undefined;
    const [id, { reason }] = first;
    const since = Math.min(...[...this.#stuck.values()].map((stuck) => stuck.since));
    return { since, reason: `${this.#stuck.size} can neither be carried on nor ended, such as ${id}: ${reason}` };
  }

  /** What was due for another try and did not come back has been carried on, or is gone. */
  #forgetWhatIsOver(): void {
    for (const [id, stuck] of this.#stuck) if (this.#ageOf(stuck) >= 2 * retryAfterMs) this.#stuck.delete(id);
  }

  #ageOf({ triedAt }: Stuck): number {
    return this.#clock.monotonic() - triedAt;
  }
}
