/**
 * Counts how often everything that was read from the database has been dropped from memory. Whoever reads, awaits and then
 * remembers compares it before and after: what was read of an earlier run of the database need not be true in this one.
 */
export class MemoryEpoch {
  #current = 0;

  get current(): number {
    return this.#current;
  }

  advance(): void {
    this.#current += 1;
  }
}
