import type { HeldLease } from '../../domain/worker-session.ts';

/** Dispatches of which consumers have not heard, oldest first. Short work has left before its turn comes. */
export class AnnouncementQueue {
  #queue: HeldLease[] = [];
  #head = 0;

  add(lease: HeldLease): void {
    this.#queue.push(lease);
  }

  clear(): void {
    this.#queue = [];
    this.#head = 0;
  }

  /** Takes those dispatched before `before` (monotonic milliseconds), at most `max`; ended ones are left out. */
  takeOlderThan(before: number, isHeld: (lease: HeldLease) => boolean, max: number): HeldLease[] {
    const taken: HeldLease[] = [];
    while (taken.length < max) {
      const next = this.#queue[this.#head];
      if (next === undefined || next.dispatchedAt > before) break;
      this.#head += 1;
      if (isHeld(next)) taken.push(next);
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }
}
