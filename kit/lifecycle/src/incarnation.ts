/**
 * Tells which run of a store the reader talks to. What memory derived from one run need not be true in the next: a crash
 * takes asynchronous commits back, and a server that took over may lack even more.
 */
export interface Incarnation {
  /** Counts the runs that were seen. Whoever reads, awaits and then remembers compares it before and after. */
  readonly epoch: number;
  /**
   * Calls the listener when another run was found, at once and before anybody can read from it or write to it: who
   * begins to work there finds dropped what was derived from the run before. It must not await. One that throws keeps
   * the new run closed, so that nobody works with what it should have dropped; the next attempt to open it asks it
   * again. Gives a function that ends the subscription.
   */
  onChange(listener: () => void): () => void;
}
