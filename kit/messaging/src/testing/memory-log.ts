import type { EventRecord, StreamEntry } from '../event.ts';
import type { EventLog } from '../event-bus.ts';

/** A producer's log in memory: numbers entries at once and keeps all of them. */
export interface MemoryLog extends EventLog {
  /** Records the events as one committed transaction. */
  append(stream: number, events: readonly EventRecord[]): StreamEntry;
  /** What consumers reported, by `consumer/stream`. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Reads so far. */
  readonly reads: number;
}

export function createMemoryLog(source: string, streams: readonly number[] = [0]): MemoryLog {
  const entries = new Map<number, StreamEntry[]>(streams.map((stream) => [stream, []]));
  const acknowledged = new Map<string, number>();
  let reads = 0;
  return {
    source,
    acknowledged,
    get reads() {
      return reads;
    },
    append(stream, events) {
      const stored = entries.get(stream) ?? [];
      const entry = { source, stream, seq: stored.length + 1, events };
      stored.push(entry);
      entries.set(stream, stored);
      return entry;
    },
    identity: () => Promise.resolve('00000000-0000-4000-8000-000000000001'),
    streams: () => Promise.resolve([...entries.keys()]),
    read(stream, after, limit) {
      reads += 1;
      return Promise.resolve((entries.get(stream) ?? []).slice(after, after + limit));
    },
    acknowledge(consumer, stream, seq) {
      acknowledged.set(`${consumer}/${stream}`, seq);
      return Promise.resolve();
    },
  };
}
