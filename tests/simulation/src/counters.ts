/** How often things happened that a run exists to make happen. A suite in which they never do proves nothing. */
export class Counters {
  readonly #counts = new Map<string, number>();

  hit(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  add(other: Counters): void {
    for (const [what, times] of other.#counts) this.hit(what, times);
  }

  entries(): [string, number][] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
