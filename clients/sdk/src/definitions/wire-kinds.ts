import { types } from 'node:util';
import { InvalidInputError } from '../errors.ts';

/** Translates a value inside another one; `place` says where it stands. */
export type Translate = (value: unknown, place: string) => unknown;

/** Writes and reads one kind of value that JSON has no form for. */
export interface Codec {
  /** Also the name of its class, where it has one. */
  readonly kind: string;
  encode(value: never, inner: Translate): unknown;
  /** Throws `malformed_value` where `value` is nothing that `encode` gives. */
  decode(value: unknown, inner: Translate): unknown;
}

export function malformed(reason: string): InvalidInputError {
  return new InvalidInputError('malformed_value', `a value that came over the wire is malformed: ${reason}`);
}

const numbers: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

const date: Codec = {
  kind: 'Date',
  encode: (value: Date) => (Number.isNaN(value.getTime()) ? null : value.toISOString()),
  decode(value) {
    if (value === null) return new Date(Number.NaN);
    const at = typeof value === 'string' && /^[+-]?\d{4,6}-\d\d-\d\dT/.test(value) ? new Date(value) : undefined;
    if (at === undefined || Number.isNaN(at.getTime())) throw malformed('a Date is an RFC 3339 text, or null');
    return at;
  },
};

const map: Codec = {
  kind: 'Map',
  encode: (value: Map<unknown, unknown>, inner) =>
    Array.from(value, ([key, its], index) => [inner(key, `${index}/key`), inner(its, `${index}/value`)]),
  decode: (value, inner) =>
    new Map(
      listOf('Map', value).map((entry, index) => {
        if (!Array.isArray(entry) || entry.length !== 2) throw malformed('a Map is a list of pairs');
        return [inner(entry[0], `${index}/key`), inner(entry[1], `${index}/value`)];
      }),
    ),
};

const set: Codec = {
  kind: 'Set',
  encode: (value: Set<unknown>, inner) => Array.from(value, (item, index) => inner(item, String(index))),
  decode: (value, inner) => new Set(listOf('Set', value).map((item, index) => inner(item, String(index)))),
};

const url: Codec = {
  kind: 'URL',
  encode: (value: URL) => value.href,
  decode(value) {
    if (typeof value !== 'string' || !URL.canParse(value)) throw malformed('a URL is an absolute URL');
    return new URL(value);
  },
};

const atoms: readonly Codec[] = [
  { kind: 'undefined', encode: () => undefined, decode: (value) => nothing('undefined', value, undefined) },
  { kind: 'null', encode: () => undefined, decode: (value) => nothing('null', value, null) },
  {
    kind: 'number',
    encode: String,
    decode(value) {
      const number = numbers.get(value);
      if (number === undefined) throw malformed('a number here is NaN, Infinity, -Infinity or -0');
      return number;
    },
  },
  {
    kind: 'bigint',
    encode: String,
    decode(value) {
      if (typeof value !== 'string' || !/^-?\d+$/.test(value)) throw malformed('a bigint is a text of digits');
      return BigInt(value);
    },
  },
];

const arrays = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
];

const binary: readonly Codec[] = [
  {
    kind: 'ArrayBuffer',
    encode: (value: ArrayBuffer) => base64(new Uint8Array(value)),
    decode: bytesOf('ArrayBuffer'),
  },
  { kind: 'Buffer', encode: base64, decode: (value) => Buffer.from(bytesOf('Buffer')(value)) },
  ...arrays.map(
    (array): Codec => ({
      kind: array.name,
      encode: base64,
      decode(value) {
        const bytes = bytesOf(array.name)(value);
        if (bytes.byteLength % array.BYTES_PER_ELEMENT !== 0) throw malformed(`a ${array.name} ends within an element`);
        return new array(bytes);
      },
    }),
  ),
];

const classes: readonly Codec[] = [date, map, set, url, ...binary];
const codecByClass: ReadonlyMap<string, Codec> = new Map(classes.map((codec) => [codec.kind, codec]));

export const codecByKind: ReadonlyMap<string, Codec> = new Map(
  [...atoms, ...classes].map((codec) => [codec.kind, codec]),
);

/**
 * Finds how an instance of a built-in class is written; one of a class derived from it would come back as another, and has
 * no codec.
 */
export function codecOf(instance: object): Codec | undefined {
  const name: unknown = Reflect.get(instance, 'constructor')?.name;
  if (typeof name !== 'string' || !isBuiltIn(instance)) return undefined;
  return codecByClass.get(name);
}

function isBuiltIn(value: object): boolean {
  return (
    types.isDate(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isTypedArray(value) ||
    types.isArrayBuffer(value) ||
    value instanceof URL
  );
}

function base64(value: ArrayBufferView): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

function bytesOf(kind: string): (value: unknown) => ArrayBuffer {
  return (value) => {
    if (typeof value !== 'string' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
      throw malformed(`a ${kind} is a text in base64`);
    }
    const bytes = Buffer.from(value, 'base64');
    const { buffer } = new Uint8Array(bytes);
    return buffer;
  };
}

function listOf(kind: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`a ${kind} is a list`);
  return value;
}

function nothing(kind: string, value: unknown, decoded: unknown): unknown {
  if (value !== undefined) throw malformed(`${kind} has no value`);
  return decoded;
}
