import { DatabaseError } from './errors.ts';

declare const holds: unique symbol;

/** The values that an element of each type is given as. Instants are epoch milliseconds. */
export interface ElementValues {
  bool: boolean;
  bytea: Buffer;
  int8: number;
  int4: number;
  text: string;
  float8: number;
  timestamptz: number;
  uuid: string;
}

export type ElementType = keyof ElementValues;

/** An encoded array of `Type`, of which elements may be null where `Null` says so. */
export type List<Type extends ElementType, Null extends null = never> = Buffer & {
  readonly [holds]: readonly [Type, ElementValues[Type] | Null];
};

/** The null of a list that was made of such values. */
type NullOf<Value> = Extract<Value, null>;

/**
 * Array parameters in PostgreSQL's binary format. One statement carries a whole batch as a few of these; building
 * them by hand costs a fraction of quoting each element into the text format and parsing it again on the server.
 *
 * Layout: dimensions, has-nulls flag, element type; then per dimension its length and lower bound; then per
 * element its byte length (-1 for null) and bytes. All numbers are big-endian.
 */

const headerBytes = 20;
/** Bytes up to which a loop copies faster than a call out of JavaScript. */
const maxLoopItems = 32;
const nullLength = -1;

const typeIds = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int4: 23,
  text: 25,
  float8: 701,
  timestamptz: 1184,
  uuid: 2950,
} as const;

function header(count: number, elementType: number, hasNulls: boolean, bodyBytes: number): Buffer {
  if (count === 0) {
    const empty = Buffer.alloc(12);
    empty.writeInt32BE(elementType, 8);
    return empty;
  }
  const buffer = Buffer.allocUnsafe(headerBytes + bodyBytes);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(hasNulls ? 1 : 0, 4);
  buffer.writeInt32BE(elementType, 8);
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}

/** Elements of one size: `write` puts `size` bytes at the offset. */
function fixedArray<T>(
  values: readonly (T | null)[],
  elementType: number,
  size: number,
  write: (buffer: Buffer, value: T, offset: number) => void,
): Buffer {
  let nulls = 0;
  for (const value of values) if (value === null) nulls += 1;
  const buffer = header(values.length, elementType, nulls > 0, values.length * 4 + (values.length - nulls) * size);
  let offset = headerBytes;
  for (const value of values) {
    if (value === null) {
      buffer.writeInt32BE(nullLength, offset);
      offset += 4;
      continue;
    }
    buffer.writeInt32BE(size, offset);
    write(buffer, value, offset + 4);
    offset += 4 + size;
  }
  return buffer;
}

function refuse(what: string, value: unknown): never {
  throw new DatabaseError(`not ${what}: ${JSON.stringify(value)}`, { sqlstate: '22P02' });
}

const notADigit = 0xff;

/** Value of a hexadecimal digit by its character code. */
const digitValues = new Uint8Array(128).fill(notADigit);
for (const [value, digits] of [...'0123456789abcdef'].map(
  (digit, index) => [index, [digit, digit.toUpperCase()]] as const,
)) {
  for (const digit of digits) digitValues[digit.charCodeAt(0)] = value;
}

/** Where each byte's first digit stands in the text form `8-4-4-4-12`. */
const uuidDigits = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34);
const uuidLength = 36;
const uuidHyphens = [8, 13, 18, 23] as const;

/** Digit by digit: a pattern test and five hexadecimal writes take three times as long, for every id of every batch. */
function writeUuid(buffer: Buffer, value: string, offset: number): void {
  let seen = value.length === uuidLength ? 0 : notADigit;
  for (const hyphen of uuidHyphens) if (value.charCodeAt(hyphen) !== 45) seen = notADigit;
  for (let i = 0; i < 16; i += 1) {
    const at = uuidDigits[i] as number;
    const high = digitValues[value.charCodeAt(at)] ?? notADigit;
    const low = digitValues[value.charCodeAt(at + 1)] ?? notADigit;
    seen |= high | low;
    buffer[offset + i] = (high << 4) | low;
  }
  if (seen > 0xf) refuse('a UUID', value);
}

function writeInt4(buffer: Buffer, value: number, offset: number): void {
  if (!Number.isInteger(value) || value < -0x80000000 || value > 0x7fffffff) refuse('a 32-bit integer', value);
  buffer.writeInt32BE(value, offset);
}

function writeInt8(buffer: Buffer, value: number, offset: number): void {
  if (!Number.isSafeInteger(value)) refuse('a safe integer', value);
  buffer.writeInt32BE(Math.floor(value / 0x100000000), offset);
  buffer.writeUInt32BE(value >>> 0, offset + 4);
}

/** The server counts microseconds from 2000-01-01 UTC. */
const serverEpochMs = Date.UTC(2000, 0, 1);

function writeTimestamp(buffer: Buffer, epochMs: number, offset: number): void {
  if (!Number.isFinite(epochMs)) refuse('an instant in epoch milliseconds', epochMs);
  const micros = Math.round((epochMs - serverEpochMs) * 1_000);
  // Past the year 2285 the microseconds no longer fit into a double exactly.
  if (Number.isSafeInteger(micros)) writeInt8(buffer, micros, offset);
  else buffer.writeBigInt64BE(BigInt(Math.round(epochMs) - serverEpochMs) * 1_000n, offset);
}

/** For `$n::uuid[]`. One id often fills a whole array, such as the tenant's: it is read once and copied. */
export function uuidArray<V extends string | null>(values: readonly V[]): List<'uuid', NullOf<V>> {
  let last: string | undefined;
  let lastAt = 0;
  return fixedArray<string>(values, typeIds.uuid, 16, (buffer, value, offset) => {
    if (value !== last) writeUuid(buffer, value, offset);
    else for (let i = 0; i < 16; i += 1) buffer[offset + i] = buffer[lastAt + i] as number;
    last = value;
    lastAt = offset;
  }) as List<'uuid', NullOf<V>>;
}

/** For `$n::int[]`. */
export function int4Array<V extends number | null>(values: readonly V[]): List<'int4', NullOf<V>> {
  return fixedArray<number>(values, typeIds.int4, 4, writeInt4) as List<'int4', NullOf<V>>;
}

/** For `$n::bigint[]`; safe integers only. */
export function int8Array<V extends number | null>(values: readonly V[]): List<'int8', NullOf<V>> {
  return fixedArray<number>(values, typeIds.int8, 8, writeInt8) as List<'int8', NullOf<V>>;
}

/** For `$n::double precision[]`. */
export function float8Array<V extends number | null>(values: readonly V[]): List<'float8', NullOf<V>> {
  return fixedArray<number>(values, typeIds.float8, 8, (buffer, value, offset) =>
    buffer.writeDoubleBE(value, offset),
  ) as List<'float8', NullOf<V>>;
}

/** For `$n::boolean[]`. */
export function boolArray<V extends boolean | null>(values: readonly V[]): List<'bool', NullOf<V>> {
  return fixedArray<boolean>(values, typeIds.bool, 1, (buffer, value, offset) =>
    buffer.writeUInt8(value ? 1 : 0, offset),
  ) as List<'bool', NullOf<V>>;
}

/** For `$n::timestamptz[]`; epoch milliseconds. */
export function timestamptzArray<V extends number | null>(values: readonly V[]): List<'timestamptz', NullOf<V>> {
  return fixedArray<number>(values, typeIds.timestamptz, 8, writeTimestamp) as List<'timestamptz', NullOf<V>>;
}

/** For `$n::text[]`. Types, queues and statuses repeat: a text like the one before it is measured and encoded once. */
export function textArray<V extends string | null>(values: readonly V[]): List<'text', NullOf<V>> {
  let bytes = 0;
  let hasNulls = false;
  const lengths = new Int32Array(values.length);
  let last: string | null = '';
  let length = 0;
  values.forEach((value, index) => {
    if (value !== last) length = value === null ? nullLength : Buffer.byteLength(value);
    last = value;
    lengths[index] = length;
    hasNulls ||= value === null;
    bytes += 4 + Math.max(length, 0);
  });
  const buffer = header(values.length, typeIds.text, hasNulls, bytes);
  last = '';
  let lastAt = headerBytes;
  let offset = headerBytes;
  values.forEach((value, index) => {
    const size = lengths[index] as number;
    buffer.writeInt32BE(size, offset);
    offset += 4;
    if (value === null) return;
    if (value !== last) buffer.write(value, offset, 'utf8');
    else if (size <= maxLoopItems) for (let i = 0; i < size; i += 1) buffer[offset + i] = buffer[lastAt + i] as number;
    else buffer.copyWithin(offset, lastAt, lastAt + size);
    last = value;
    lastAt = offset;
    offset += size;
  });
  return buffer as List<'text', NullOf<V>>;
}

/** For `$n::bytea[]`. */
export function byteaArray<V extends Buffer | null>(values: readonly V[]): List<'bytea', NullOf<V>> {
  let bytes = 0;
  let hasNulls = false;
  for (const value of values) {
    bytes += 4 + (value?.length ?? 0);
    hasNulls ||= value === null;
  }
  const buffer = header(values.length, typeIds.bytea, hasNulls, bytes);
  let offset = headerBytes;
  for (const value of values) {
    buffer.writeInt32BE(value === null ? nullLength : value.length, offset);
    offset += 4;
    if (value !== null) offset += value.copy(buffer, offset);
  }
  return buffer as List<'bytea', NullOf<V>>;
}
