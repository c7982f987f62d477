import type { StreamEntry } from '../event.ts';

const noEvents: StreamEntry['events'] = [];

/** Gives each entry with the wanted events alone, and the same object where all are wanted. */
export function typeFilter(types: readonly string[]): (entry: StreamEntry) => StreamEntry {
  const wanted = new Set(types);
  return (entry) => {
    let found = 0;
    for (const event of entry.events) if (wanted.has(event.type)) found += 1;
    if (found === entry.events.length) return entry;
    const events = found === 0 ? noEvents : entry.events.filter((event) => wanted.has(event.type));
    return { source: entry.source, stream: entry.stream, seq: entry.seq, events };
  };
}
