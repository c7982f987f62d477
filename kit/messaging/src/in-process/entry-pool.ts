import type { StreamEntry } from '../event.ts';
import { type MemoryBounds, Weight } from './entry-weight.ts';

/** Entries that came before their turn. What does not fit is not taken: the log has it. */
export class EntryPool {
  readonly weight: Weight;
  readonly #entries = new Map<number, StreamEntry>();

  constructor(bounds: MemoryBounds) {
    this.weight = new Weight(bounds);
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  put(entry: StreamEntry): void {
    if (this.#entries.has(entry.seq) || this.weight.isOver) return;
    this.#entries.set(entry.seq, entry);
    this.weight.add(entry);
  }

  take(seq: number): StreamEntry | undefined {
    const entry = this.#entries.get(seq);
    if (entry === undefined) return undefined;
    this.#entries.delete(seq);
    this.weight.remove(entry);
    return entry;
  }

  dropUpTo(seq: number): void {
    for (const held of this.#entries.keys()) if (held <= seq) this.take(held);
  }

  clear(): void {
    this.#entries.clear();
    this.weight.clear();
  }
}
