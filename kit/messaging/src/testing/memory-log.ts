import { LogGapError } from '../delivery-errors.ts';
import type { EventRecord, StreamEntry } from '../event.ts';
import type { EventLog } from '../event-bus.ts';
import { type ManualIncarnation, manualIncarnation } from './manual-incarnation.ts';

/** A producer's log in memory: numbers entries at once and keeps all of them. */
export interface MemoryLog extends EventLog {
  readonly incarnation: ManualIncarnation;
  /** Records the events as one committed transaction. */
  append(stream: number, events: readonly EventRecord[]): StreamEntry;
  /** Loses what was appended after an entry. */
  truncate(stream: number, after: number): void;
  /** What consumers reported, by `consumer/stream`. */
  readonly acknowledged: Map<string, number>;
  /** Reads so far. */
  readonly reads: number;
}

export function createMemoryLog(source: string, streams: readonly number[] = [0]): MemoryLog {
  const entries = new Map<number, StreamEntry[]>(streams.map((stream) => [stream, []]));
  const acknowledged = new Map<string, number>();
  let reads = 0;
  return {
    source,
    incarnation: manualIncarnation(),
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
    truncate: (stream, after) => void entries.get(stream)?.splice(after),
    identity: () => Promise.resolve('00000000-0000-4000-8000-000000000001'),
    streams: () => Promise.resolve([...entries.keys()]),
    head: (stream) => Promise.resolve(entries.get(stream)?.length ?? 0),
    read(stream, after, limit) {
      reads += 1;
      const stored = entries.get(stream) ?? [];
      if (stored.length >= after) return Promise.resolve(stored.slice(after, after + limit));
      return Promise.reject(new LogGapError(source, stream, after, `the last number that it drew is ${stored.length}`));
    },
    acknowledge(consumer, stream, seq) {
      const key = `${consumer}/${stream}`;
      acknowledged.set(key, Math.max(seq, acknowledged.get(key) ?? 0));
      return Promise.resolve();
    },
  };
}
