import type { StreamEntry } from '../event.ts';

/** Bounds how much of one stream may be kept in memory. */
export interface MemoryBounds {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** What an event costs in memory besides its raw members: ids, strings and the objects that hold them. */
const BYTES_PER_EVENT = 600;

/** Sums what entries weigh, and tells when they weigh too much. Bytes are an estimate. */
export class Weight {
  readonly #bounds: MemoryBounds;
  #events = 0;
  #bytes = 0;

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds;
  }

  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isOver(): boolean {
    return this.#events > this.#bounds.maxEvents || this.#bytes > this.#bounds.maxBytes;
  }

  add(entry: StreamEntry): void {
    this.#events += entry.events.length;
    this.#bytes += bytesOf(entry);
  }

  remove(entry: StreamEntry): void {
    this.#events -= entry.events.length;
    this.#bytes -= bytesOf(entry);
  }

  clear(): void {
    this.#events = 0;
    this.#bytes = 0;
  }
}

function bytesOf(entry: StreamEntry): number {
  let bytes = entry.events.length * BYTES_PER_EVENT;
  for (const event of entry.events) {
    for (const name in event.raw) bytes += (event.raw[name] as string).length;
  }
  return bytes;
}
