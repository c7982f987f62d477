import { writeInt4, writeInt8, writeTimestamp, writeUuid } from './element-writers.ts';

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
