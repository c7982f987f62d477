import type { Incarnation } from '@taskflow/kit-lifecycle';

/** Runs of the database server. All pools of one database share it: whichever connects first tells all. */
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
