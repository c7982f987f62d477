import { compressPlain, encodePlain, maxEntryBytes } from './entry-encoding.ts';
import type { EventRecord } from './event.ts';

/** An entry in its stored form, alone or among several that carry the events of a transaction. */
export interface EncodedEntry {
  readonly events: readonly EventRecord[];
  readonly body: Buffer;
  /** Of the body once it is expanded. */
  readonly bytes: number;
}

/** Says that an event alone is more than an entry may hold; nothing was written. */
export class EventTooLargeError extends Error {
  readonly code = 'event_too_large';
  readonly type: string;
  readonly subject: string;

  constructor({ type, subject }: EventRecord, bytes: number, maxBytes: number) {
    super(
      `The event ${type} of ${subject} needs ${bytes} bytes, and an entry of a stream holds ${maxBytes}. ` +
        'Keep what is that large elsewhere, and put a reference to it into the event.',
    );
    this.name = 'EventTooLargeError';
    this.type = type;
    this.subject = subject;
  }
}

/**
 * The events in their order, in as few entries as hold them, each within the bound. Throws `EventTooLargeError`. A
 * promise only where one is large enough to be compressed in another thread.
 */
export function encodeEntries(
  events: readonly EventRecord[],
  maxBytes = maxEntryBytes,
): readonly EncodedEntry[] | Promise<readonly EncodedEntry[]> {
  const plains = sections(events, maxBytes).flatMap((section) => plainEntries(section, maxBytes));
  const bodies = plains.map(({ plain }) => compressPlain(plain));
  const join = (stored: readonly Buffer[]) =>
    plains.map((entry, at) => ({ events: entry.events, body: stored[at] as Buffer, bytes: entry.plain.length }));
  return bodies.every(isBuffer) ? join(bodies) : Promise.all(bodies.map((body) => Promise.resolve(body))).then(join);
}

interface PlainEntry {
  readonly events: readonly EventRecord[];
  readonly plain: Buffer;
}

/**
 * Parts whose raw members would fit if each character were one byte. Everything together may be longer than a string
 * can be, and would then not even be measured.
 */
function sections(events: readonly EventRecord[], maxBytes: number): (readonly EventRecord[])[] {
  const found: (readonly EventRecord[])[] = [];
  let start = 0;
  let units = 0;
  events.forEach((event, at) => {
    const own = rawUnits(event);
    if (own > maxBytes) throw new EventTooLargeError(event, own, maxBytes);
    if (at > start && units + own > maxBytes) {
      found.push(events.slice(start, at));
      start = at;
      units = 0;
    }
    units += own;
  });
  found.push(start === 0 ? events : events.slice(start));
  return found;
}

/** Halved until each half fits: what the events need is known exactly once they are encoded. */
function plainEntries(events: readonly EventRecord[], maxBytes: number): PlainEntry[] {
  const plain = encodePlain(events);
  if (plain.length <= maxBytes) return [{ events, plain }];
  if (events.length === 1) throw new EventTooLargeError(events[0] as EventRecord, plain.length, maxBytes);
  const middle = Math.ceil(events.length / 2);
  return [...plainEntries(events.slice(0, middle), maxBytes), ...plainEntries(events.slice(middle), maxBytes)];
}

function rawUnits(event: EventRecord): number {
  let units = 0;
  for (const name in event.raw) units += (event.raw[name] as string).length;
  return units;
}

const isBuffer = (body: Buffer | Promise<Buffer>): body is Buffer => Buffer.isBuffer(body);
