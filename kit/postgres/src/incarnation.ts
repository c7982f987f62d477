/**
 * Which run of the database server the sessions of now belong to. What memory derived from one run need not be true
 * in the next: a crash takes asynchronous commits back, and a server that took over may lack even more.
 */
export interface Incarnation {
  /** Counts the runs that were seen. Whoever reads, awaits and then remembers compares it before and after. */
  readonly epoch: number;
  /**
   * Calls the listener when another run of the server was found, at once and before any session of that run is lent:
   * who opens a transaction there finds dropped what was derived from the run before. It must not await. One that
   * throws refuses the new session, so that nobody works with what it should have dropped; the next session asks it
   * again. Gives a function that ends the subscription.
   */
  onChange(listener: () => void): () => void;
}

/** The incarnation that all pools of one service share: whichever connects first tells all. */
export class ServerRuns implements Incarnation {
  readonly #listeners = new Set<() => void>();
  #epoch = 0;
  #run: string | undefined;

  get epoch(): number {
    return this.#epoch;
  }

  onChange(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Takes what a new session says of its server; `true` when that is another run than before. */
  observe(run: string): boolean {
    if (run === this.#run) return false;
    const isFirst = this.#run === undefined;
    // Known only when every listener has dropped what it held: until then each new session asks them again.
    if (!isFirst) {
      this.#epoch += 1;
      for (const listener of this.#listeners) listener();
    }
    this.#run = run;
    return !isFirst;
  }
}
