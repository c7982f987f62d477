import type { WorkerClock } from '../worker/worker-clock.ts';

/** Time that stands still until a test moves it. */
export class ManualWorkerClock implements WorkerClock {
  #now = 0;
  readonly #due = new Set<{ readonly at: number; readonly action: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#now + ms, action };
    this.#due.add(timer);
    return () => this.#due.delete(timer);
  }

  /** Runs what falls due on the way, in order, each at its own moment. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    this.#now = end;
  }
}
