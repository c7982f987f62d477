import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { EventRecord } from './event.ts';
import { type EventShape, readShaped, ShapeError, type ShapedEvent, ShapeWriter } from './event-shape.ts';

/**
 * The stored form of one entry's events: a byte that names the encoding, then text, compressed when that pays.
 * The text is one line of JSON (the shapes of the events, and a row per event) and, after the line feed, the raw
 * members of all events in the order in which the rows announce them, with their lengths in UTF-16 units. Raw
 * members are copied, never parsed or printed, so a consumer that reads the log sees the same characters as one
 * that was told in memory: `1.0` stays `1.0`, and an integer beyond 2^53 keeps its digits.
 */
const PLAIN = 0;
const COMPRESSED = 1;
const COMPRESSED_MARK = Buffer.from([COMPRESSED]);

/** Below this, compressing costs more time than the bytes that it saves. */
const COMPRESS_ABOVE_BYTES = 4096;

/** Above this, compressing would hold up everything else in the process for milliseconds: it goes to another thread. */
const COMPRESS_ASIDE_ABOVE_BYTES = 1024 * 1024;
const compressAside = promisify(zstdCompress);

/** Zstandard at its quickest: half the time of deflate at its quickest, and fewer bytes. */
const quickest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/**
 * An entry holds no more, expanded or stored: it is read, decoded and applied as a whole, so its size is what a
 * consumer needs of memory and time at once. A stored body that expands to more is damaged.
 */
export const maxEntryBytes = 8 * 1024 * 1024;
/** Most bytes of one value that an event carries: with the rest of its event it fits into an entry. */
export const maxValueBytes = maxEntryBytes - 64 * 1024;

type EncodedEvents = readonly [shapes: readonly EventShape[], rows: readonly ShapedEvent[]];

/** The stored bytes are not what `encodeEntry` writes. Reading them again gives the same. */
export class EntryFormatError extends Error {
  readonly code = 'entry_format';

  constructor(what: string, options?: ErrorOptions) {
    super(`The stored entry cannot be decoded: ${what}.`, options);
    this.name = 'EntryFormatError';
  }
}

export function encodeEntry(events: readonly EventRecord[]): Buffer {
  return compressNow(encodePlain(events));
}

/** The stored form of a plain body; a large one is compressed in another thread, all others are here at once. */
export function compressPlain(plain: Buffer): Buffer | Promise<Buffer> {
  if (plain.length <= COMPRESS_ASIDE_ABOVE_BYTES) return compressNow(plain);
  return compressAside(plain.subarray(1), quickest).then((packed) => smallerOf(plain, packed));
}

/** Rejects with `EntryFormatError` what `encodeEntry` did not write, and what expands to more than `maxBytes`. */
export function decodeEntry(body: Buffer, maxBytes = maxEntryBytes): EventRecord[] {
  const text = textOf(body, maxBytes);
  const endOfRows = text.indexOf('\n');
  if (endOfRows < 0) throw new EntryFormatError('its rows have no end');
  const [shapes, rows] = parseRows(text.slice(0, endOfRows));
  let at = endOfRows + 1;
  const takeRaw = (length: number) => {
    at += length;
    return text.slice(at - length, at);
  };
  const events = rows.map((row) => eventOf(shapes, row, takeRaw));
  if (at !== text.length) throw new EntryFormatError('its raw members do not have the announced length');
  return events;
}

/** The distinct types among the events, so that a reader can pass over an entry without decoding it. */
export function entryTypes(events: readonly EventRecord[]): string[] {
  const types = new Set<string>();
  for (const event of events) types.add(event.type);
  return [...types];
}

/** The body before it is compressed; `decodeEntry` takes it, too. */
export function encodePlain(events: readonly EventRecord[]): Buffer {
  let raw = '';
  const writer = new ShapeWriter();
  const rows = events.map((event) => {
    for (const name in event.raw) raw += event.raw[name] ?? '';
    return writer.write(event);
  });
  return Buffer.from(`\u0000${JSON.stringify([writer.shapes, rows] satisfies EncodedEvents)}\n${raw}`);
}

function compressNow(plain: Buffer): Buffer {
  if (plain.length <= COMPRESS_ABOVE_BYTES) return plain;
  return smallerOf(plain, zstdCompressSync(plain.subarray(1), quickest));
}

/** What does not get smaller, such as text that was compressed before, stays as it is. */
function smallerOf(plain: Buffer, packed: Buffer): Buffer {
  return packed.length + 1 < plain.length ? Buffer.concat([COMPRESSED_MARK, packed]) : plain;
}

function textOf(body: Buffer, maxBytes: number): string {
  if (body.length > maxBytes) throw new EntryFormatError(`it holds ${body.length} bytes, more than ${maxBytes}`);
  if (body[0] === PLAIN) return body.toString('utf8', 1);
  if (body[0] !== COMPRESSED) throw new EntryFormatError(`encoding ${body[0] ?? 'of an empty body'} is not known`);
  try {
    return zstdDecompressSync(body.subarray(1), { maxOutputLength: maxBytes - 1 }).toString('utf8');
  } catch (error) {
    throw new EntryFormatError(`it does not expand, or to more than ${maxBytes} bytes`, { cause: error });
  }
}

function parseRows(line: string): EncodedEvents {
  try {
    return JSON.parse(line) as EncodedEvents;
  } catch (error) {
    throw new EntryFormatError('its rows are not JSON', { cause: error });
  }
}

function eventOf(shapes: readonly EventShape[], row: ShapedEvent, takeRaw: (length: number) => string): EventRecord {
  try {
    return readShaped(shapes, row, takeRaw);
  } catch (error) {
    if (error instanceof ShapeError) throw new EntryFormatError(error.message, { cause: error });
    throw error;
  }
}
