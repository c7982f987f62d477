import { type Codec, codecByKind, malformed } from './wire-kinds.ts';
import { define, maxDepth, type Members, wireTag } from './wire-value.ts';

/**
 * What `encodeWire` was given: the very same value where nothing in it is marked. Kinds are looked up in a list of their
 * own and members are defined, never assigned, so that no text reaches a constructor or a prototype. Throws
 * `InvalidInputError` with code `malformed_value`.
 *
 * @example
 * import { decodeWire } from '@taskflow/sdk';
 *
 * console.log(decodeWire({ sum: { $taskflow: 'bigint', value: '7' } })); // { sum: 7n }
 */
export function decodeWire(value: unknown): unknown {
  return decode(value, 0);
}

function decode(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) throw malformed(`it is nested deeper than ${maxDepth} levels`);
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
