import { types } from 'node:util';
import { InvalidInputError } from '../errors.ts';
import { type Codec, codecByKind, codecOf, malformed, type Translate } from './wire-kinds.ts';

/** The member that marks what JSON has no form for: `{"$taskflow": "<kind>", "value": …}`. */
export const wireTag = '$taskflow';

/** `undefined` where a value is needed: a member that is absent would not be one. */
export const encodedUndefined = Object.freeze({ [wireTag]: 'undefined' });
/** `null` where a plain one says something else. */
export const encodedNull = Object.freeze({ [wireTag]: 'null' });

/** What holds itself has no end, and would overflow the stack instead of being refused. */
const deepest = 1_000;

/**
 * The value as JSON can hold it: the very same value where that is so already, else a copy. Throws `InvalidInputError`
 * with code `not_serialisable` and the place for functions, symbols, instances of classes, and what holds itself.
 */
export function encodeWire(value: unknown): unknown {
  const trail: (string | number)[] = [];
  try {
    return encode(value, trail);
  } catch (error) {
    if (!(error instanceof Unserialisable)) throw error;
    const pointer = trail.map((part) => `/${part}`).join('');
    const place = pointer === '' ? 'the value' : `the value at ${pointer}`;
    throw new InvalidInputError('not_serialisable', `${place} cannot cross the wire: ${error.message}`, [
      { pointer, message: error.message },
    ]);
  }
}

/** JSON text of the value, absent for `undefined`. Throws as `encodeWire` does. */
export function writeWire(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(encodeWire(value));
}

/**
 * What `encodeWire` was given: the very same value where nothing in it is marked. Kinds are looked up in a list of their
 * own and members are defined, never assigned, so that no text reaches a constructor or a prototype. Throws
 * `InvalidInputError` with code `malformed_value`.
 */
export function decodeWire(value: unknown): unknown {
  return decode(value, 0);
}

class Unserialisable extends Error {}

type Members = Readonly<Record<string, unknown>>;

function encode(value: unknown, trail: (string | number)[]): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return isPlainNumber(value) ? value : tagged('number', Object.is(value, -0) ? '-0' : String(value));
    case 'undefined':
      return encodedUndefined;
    case 'bigint':
      return tagged('bigint', String(value));
    case 'object':
      if (value === null) return value;
      if (trail.length > deepest)
        throw new Unserialisable(`it is nested deeper than ${deepest} levels, or holds itself`);
      if (Array.isArray(value)) return encodeArray(value, trail);
      return isPlainObject(value) ? encodeObject(value as Members, trail) : encodeInstance(value, trail);
    default:
      throw new Unserialisable(typeof value === 'symbol' ? 'it is a symbol' : 'it is a function');
  }
}

function encodeArray(list: readonly unknown[], trail: (string | number)[]): unknown {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    if (isPlainAtom(item)) continue;
    trail.push(index);
    const encoded = encode(item, trail);
    trail.pop();
    if (encoded === item) continue;
    copy ??= [...list];
    copy[index] = encoded;
  }
  return copy ?? list;
}

function encodeObject(object: Members, trail: (string | number)[]): unknown {
  let copy: object | undefined;
  for (const key in object) {
    const member = object[key];
    if (isPlainAtom(member) || !Object.hasOwn(object, key)) continue;
    trail.push(key);
    const encoded = encode(member, trail);
    trail.pop();
    if (encoded === member) continue;
    copy ??= { ...object };
    define(copy, key, encoded);
  }
  const plain = copy ?? object;
  return Object.hasOwn(object, wireTag) ? tagged('Object', plain) : plain;
}

function encodeInstance(instance: object, trail: (string | number)[]): unknown {
  const codec = codecOf(instance);
  if (codec === undefined) {
    const name = nameOfClass(instance);
    throw new Unserialisable(`it is an instance of ${name}; give a plain object, for a class does not cross the wire`);
  }
  const translate: Translate = (value, place) => {
    trail.push(place);
    const encoded = encode(value, trail);
    trail.pop();
    return encoded;
  };
  return tagged(codec.kind, codec.encode(instance as never, translate));
}

function decode(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) throw malformed(`it is nested deeper than ${deepest} levels`);
  if (Array.isArray(value)) return decodeArray(value, depth);
  return Object.hasOwn(value, wireTag) ? decodeTagged(value as Members, depth) : decodeMembers(value as Members, depth);
}

function decodeArray(list: readonly unknown[], depth: number): unknown {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    if (typeof item !== 'object' || item === null) continue;
    const decoded = decode(item, depth + 1);
    if (decoded === item) continue;
    copy ??= [...list];
    copy[index] = decoded;
  }
  return copy ?? list;
}

function decodeMembers(object: Members, depth: number): object {
  let copy: object | undefined;
  for (const key in object) {
    const member = object[key];
    if (typeof member !== 'object' || member === null || !Object.hasOwn(object, key)) continue;
    const decoded = decode(member, depth + 1);
    if (decoded === member) continue;
    copy ??= { ...object };
    define(copy, key, decoded);
  }
  return copy ?? object;
}

function decodeTagged(object: Members, depth: number): unknown {
  const kind = object[wireTag];
  const strangers = Object.keys(object).filter((key) => key !== wireTag && key !== 'value');
  if (typeof kind !== 'string' || strangers.length > 0) {
    throw malformed(`an object with the member "${wireTag}" holds a kind and a value, and nothing else`);
  }
  const value = Object.hasOwn(object, 'value') ? object.value : undefined;
  if (kind === 'Object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw malformed('an Object holds no object');
    return decodeMembers(value as Members, depth + 1);
  }
  const codec: Codec | undefined = codecByKind.get(kind);
  if (codec === undefined) throw malformed(`nothing is known of the kind "${kind.slice(0, 100)}"`);
  return codec.decode(value, (item) => decode(item, depth + 1));
}

function tagged(kind: string, value: unknown): object {
  return { [wireTag]: kind, value };
}

/** A member named `__proto__` stays a member: assigning it would replace the prototype. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function isPlainAtom(value: unknown): boolean {
  return typeof value === 'string' || value === null || typeof value === 'boolean' || isPlainNumber(value);
}

function isPlainNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0);
}

/** Made by a literal or without a prototype, in whatever realm. */
function isPlainObject(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOfClass(instance: object): string {
  if (types.isProxy(instance)) return 'a proxy';
  const made: unknown = Reflect.get(instance, 'constructor');
  return typeof made === 'function' && made.name !== '' ? made.name : 'a class without a name';
}
