import type { StreamEntry } from '../event.ts';
import { type MemoryBounds, Weight } from './entry-weight.ts';

/** Consecutive entries of one stream, from `floor + 1` to `tip`. What lies below the floor is in the log alone. */
export class EntryRun {
  readonly weight: Weight;
  readonly #entries = new Map<number, StreamEntry>();
  #floor = 0;
  #tip = 0;

  constructor(bounds: MemoryBounds) {
    this.weight = new Weight(bounds);
  }

  get floor(): number {
    return this.#floor;
  }

  get tip(): number {
    return this.#tip;
  }

  /** Takes the entry that follows the tip. */
  append(entry: StreamEntry): void {
    this.#entries.set(entry.seq, entry);
    this.weight.add(entry);
    this.#tip = entry.seq;
  }

  /** Drops the oldest, none after `upTo`, until the rest fits. */
  shrink(upTo: number): void {
    while (this.weight.isOver && this.#floor < upTo) this.dropUpTo(this.#floor + 1);
  }

  /** Entries after `seq`: at least one if there is one, then as many as hold `maxEvents` events together. */
  after(seq: number, maxEvents: number): StreamEntry[] {
    const found: StreamEntry[] = [];
    let events = 0;
    for (let entry = this.#entries.get(seq + 1); entry; entry = this.#entries.get(entry.seq + 1)) {
      events += entry.events.length;
      if (found.length > 0 && events > maxEvents) break;
      found.push(entry);
    }
    return found;
  }

  dropUpTo(seq: number): void {
    while (this.#floor < seq) {
      this.#floor += 1;
      const entry = this.#entries.get(this.#floor);
      if (entry) this.weight.remove(entry);
      this.#entries.delete(this.#floor);
    }
  }

  /** Forgets everything and stands at `seq`. */
  restartAt(seq: number): void {
    this.#entries.clear();
    this.weight.clear();
    this.#floor = seq;
    this.#tip = seq;
  }
}
