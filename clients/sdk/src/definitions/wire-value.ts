import { types } from 'node:util';
import { InvalidInputError } from '../errors.ts';
import { reasonOf } from '../plain-value.ts';
import { codecOf } from './wire-kinds.ts';

/** The member that marks what JSON has no form for: `{"$taskflow": "<kind>", "value": …}`. */
export const wireTag = '$taskflow';

/** `undefined` where a value is needed: a member that is absent would not be one. */
export const encodedUndefined = Object.freeze({ [wireTag]: 'undefined' });
/** `null` where a plain one says something else. */
export const encodedNull = Object.freeze({ [wireTag]: 'null' });

/** A value that holds itself has no end, and would overflow the stack instead of being refused. */
export const maxDepth = 1_000;

/** More than any request may carry: a longer value is refused before it fills the memory. */
const maxWireBytes = 16 * 1024 * 1024;

/**
 * The value as JSON can hold it: the very same value where that is so already, else a copy. Throws `InvalidInputError`
 * with code `not_serialisable` and the place for functions, symbols, instances of classes, what holds itself and what
 * cannot be read, and with code `value_too_large` for what is certainly longer than `maxBytes` bytes of JSON.
 *
 * @example
 * import { encodeWire } from '@taskflow/sdk';
 *
 * console.log(JSON.stringify(encodeWire({ due: new Date(0) })));
 * // {"due":{"$taskflow":"Date","value":"1970-01-01T00:00:00.000Z"}}
 */
export function encodeWire(value: unknown, maxBytes: number = maxWireBytes): unknown {
  const encoding = new Encoding(maxBytes);
  try {
    return encoding.encode(value);
  } catch (error) {
    if (error instanceof TooLarge) {
      throw new InvalidInputError('value_too_large', `the value is larger than ${maxBytes} bytes`);
    }
    const pointer = encoding.trail.map((part) => `/${part}`).join('');
    const place = pointer === '' ? 'the value' : `the value at ${pointer}`;
    const message = error instanceof Unserialisable ? error.message : `it cannot be read: ${reasonOf(error)}`;
    throw new InvalidInputError('not_serialisable', `${place} cannot cross the wire: ${message}`, [
      { pointer, message },
    ]);
  }
}

/** JSON text of the value, absent for `undefined`. Throws as `encodeWire` does. */
export function writeWire(value: unknown, maxBytes?: number): string | undefined {
  return value === undefined ? undefined : JSON.stringify(encodeWire(value, maxBytes));
}

class Unserialisable extends Error {}
class TooLarge extends Error {}

export type Members = Readonly<Record<string, unknown>>;

/**
 * One walk over a value. It counts the least bytes that what it met takes, so that its work is bounded by the limit and
 * not by what the value claims to be: an empty array of a billion items, or one object named in many places.
 */
class Encoding {
  /** The way to the present member: only a refusal reads it. */
  readonly trail: (string | number)[] = [];
  #left: number;

  constructor(maxBytes: number) {
    this.#left = maxBytes;
  }

  encode(value: unknown): unknown {
    if (this.#countsAsAtom(value)) return value;
    this.#count(2);
    switch (typeof value) {
      case 'number':
        return tagged('number', Object.is(value, -0) ? '-0' : String(value));
      case 'undefined':
        return encodedUndefined;
      case 'bigint':
        return tagged('bigint', String(value));
      case 'object':
        return this.#encodeObject(value as object);
      case 'symbol':
      case 'function':
        throw new Unserialisable(`it is a ${typeof value}`);
      // Atoms, counted above.
      case 'string':
      case 'boolean':
        return value;
    }
  }

  #encodeObject(object: object): unknown {
    if (this.trail.length > maxDepth) {
      throw new Unserialisable(`it is nested deeper than ${maxDepth} levels, or holds itself`);
    }
    if (Array.isArray(object)) return this.#encodeArray(object);
    return isPlainObject(object) ? this.#encodeMembers(object as Members) : this.#encodeInstance(object);
  }

  #encodeArray(list: readonly unknown[]): unknown {
    this.#check(list.length);
    let copy: unknown[] | undefined;
    for (let index = 0; index < list.length; index++) {
      const item = list[index];
      if (this.#countsAsAtom(item)) continue;
      const encoded = this.#encodeAt(index, item);
      if (encoded === item) continue;
      copy ??= [...list];
      copy[index] = encoded;
    }
    return copy ?? list;
  }

  #encodeMembers(object: Members): unknown {
    let copy: object | undefined;
    for (const key in object) {
      if (!Object.hasOwn(object, key)) continue;
      const member = object[key];
      this.#count(key.length + 3);
      if (this.#countsAsAtom(member)) continue;
      const encoded = this.#encodeAt(key, member);
      if (encoded === member) continue;
      copy ??= { ...object };
      define(copy, key, encoded);
    }
    const plain = copy ?? object;
    return Object.hasOwn(object, wireTag) ? tagged('Object', plain) : plain;
  }

  #encodeInstance(instance: object): unknown {
    const codec = codecOf(instance);
    if (codec === undefined) {
      const name = nameOfClass(instance);
      throw new Unserialisable(
        `it is an instance of ${name}; give a plain object, for a class does not cross the wire`,
      );
    }
    if (ArrayBuffer.isView(instance) || types.isAnyArrayBuffer(instance)) this.#count(instance.byteLength);
    return tagged(
      codec.kind,
      codec.encode(instance as never, (value, place) => this.#encodeAt(place, value)),
    );
  }

  #encodeAt(place: string | number, value: unknown): unknown {
    this.trail.push(place);
    const encoded = this.encode(value);
    this.trail.pop();
    return encoded;
  }

  #countsAsAtom(value: unknown): boolean {
    const isText = typeof value === 'string';
    if (!isText && value !== null && typeof value !== 'boolean' && !isPlainNumber(value)) return false;
    this.#count(isText ? value.length + 2 : 1);
    return true;
  }

  #count(bytes: number): void {
    this.#left -= bytes;
    this.#check(0);
  }

  #check(bytes: number): void {
    if (this.#left < bytes) throw new TooLarge();
  }
}

function tagged(kind: string, value: unknown): object {
  return { [wireTag]: kind, value };
}

/** A member named `__proto__` stays a member: assigning it would replace the prototype. */
export function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
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
