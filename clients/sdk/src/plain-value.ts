import { types } from 'node:util';
import { ForeignReader, unreadable } from './foreign-code.ts';

/** The most that is made plain of a value: it is for people and log lines. */
export interface PlainBounds {
  /** Levels of objects within each other. */
  readonly depth: number;
  /** Members of one object, or items of one list. */
  readonly members: number;
  /** Characters of a single text. */
  readonly text: number;
  /** About how long the whole may be as JSON. */
  readonly total: number;
}

const usual: PlainBounds = { depth: 6, members: 100, text: 8_000, total: 64_000 };
/** Further ones of an aggregate add nothing but length. */
const maxErrors = 10;
const maxHeader = 500;
const cut = '… (cut)';

/**
 * Any value as plain JSON data: errors with code, stack, causes and the errors within them; what is too deep, too long
 * or circular is cut and says so. It throws for nothing: members that cannot be read say that instead.
 */
export function plainOf(value: unknown, bounds: Partial<PlainBounds> = {}): unknown {
  return new Plain({ ...usual, ...bounds }).value(value, 0);
}

/**
 * Says why something failed, in one text, whatever was thrown.
 *
 * @example
 * import { reasonOf } from '@taskflow/sdk';
 *
 * console.log(reasonOf(new Error('the bank did not answer'))); // the bank did not answer
 * console.log(reasonOf({ code: 'busy' })); // {"code":"busy"}
 */
export function reasonOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return textOf(thrown);
  const reader = new ForeignReader();
  const message = reader.read(thrown, 'message');
  if (typeof message === 'string' && message !== '' && message !== unreadable) return message;
  if (isError(thrown)) return textOf(message || reader.read(thrown, 'name'));
  const plain = plainOf(thrown, { depth: 3, members: 20, text: 500, total: 1_000 });
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

/** Without what no JSON may carry across a border: NUL, and halves of characters. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Recognises an error of any realm; what a proxy stands for cannot be known without running it. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || (!types.isProxy(value) && value instanceof Error);
}

function textOf(value: unknown): string {
  if (typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '[function]';
  return typeof value === 'object' && value !== null ? unreadable : String(value);
}

/** Makes one value plain, within its bounds. */
class Plain {
  readonly #bounds: PlainBounds;
  readonly #reader = new ForeignReader();
  readonly #within: object[] = [];
  #left: number;

  constructor(bounds: PlainBounds) {
    this.#bounds = bounds;
    this.#left = bounds.total;
  }

  value(value: unknown, depth: number): unknown {
    this.#left -= 8;
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'boolean':
      case 'undefined':
        return value;
      case 'number':
        // Others would not come back as they are.
        return Number.isSafeInteger(value) || (Number.isFinite(value) && Math.abs(value) < 2 ** 53)
          ? value
          : `${value}`;
      case 'object':
        return value === null ? null : this.#object(value, depth);
      case 'bigint':
      case 'symbol':
      case 'function':
        return this.#text(textOf(value));
    }
  }

  #object(object: object, depth: number): unknown {
    if (this.#within.includes(object)) return '[circular]';
    if (depth >= this.#bounds.depth || this.#left <= 0) return Array.isArray(object) ? '[list]' : '[object]';
    this.#within.push(object);
    try {
      return this.#open(object, depth + 1);
    } catch {
      return unreadable;
    } finally {
      this.#within.pop();
    }
  }

  #open(object: object, depth: number): unknown {
    if (types.isProxy(object)) return this.#proxy(object, depth);
    if (isError(object)) return this.#error(object, depth);
    if (types.isDate(object)) return Number.isNaN(object.getTime()) ? 'Invalid Date' : object.toISOString();
    if (types.isRegExp(object)) return this.#text(String(object));
    if (types.isMap(object)) return this.#map(object, depth);
    if (types.isSet(object)) return this.#list(object.size, object.values(), depth);
    if (types.isPromise(object)) return '[promise]';
    if (ArrayBuffer.isView(object) || types.isAnyArrayBuffer(object)) return `[${object.byteLength} bytes]`;
    if (Array.isArray(object)) return this.#list(object.length, object.values(), depth);
    const toJson = this.#reader.read(object, 'toJSON');
    if (typeof toJson === 'function') {
      return this.value(
        this.#reader.call(() => Reflect.apply(toJson, object, [])),
        depth,
      );
    }
    return this.#members(object, Object.keys(object), depth);
  }

  #proxy(proxy: object, depth: number): unknown {
    if (this.#reader.call(() => proxy instanceof Error) === true) return this.#error(proxy, depth);
    const names = this.#reader.keys(proxy);
    return names === undefined ? unreadable : this.#members(proxy, names, depth);
  }

  #error(error: object, depth: number): object {
    const read = (name: string): unknown => this.#reader.read(error, name);
    const plain: Record<string, unknown> = {
      name: this.value(nameOf(read), depth),
      message: this.#text(textOf(read('message'))),
    };
    const code = read('code');
    if (code !== undefined) plain['code'] = this.value(code, depth);
    const stack = read('stack');
    if (typeof stack === 'string') plain['stack'] = this.#text(withShortHeader(stack));
    // Members that are objects may be whole requests with their credentials, or sockets.
    const own = (this.#reader.keys(error) ?? []).filter((name) => !ofErrors.has(name) && isScalar(read(name)));
    Object.assign(plain, this.#members(error, own, depth));
    const cause = read('cause');
    if (cause !== undefined) plain['cause'] = this.value(cause, depth);
    const errors = read('errors');
    if (Array.isArray(errors)) plain['errors'] = this.#list(errors.length, errors.values(), depth, maxErrors);
    return plain;
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): unknown {
    const first = [...map.entries().take(this.#bounds.members + 1)];
    if (!first.every(([key]) => typeof key === 'string')) return this.#list(map.size, first, depth);
    return this.#members(
      Object.fromEntries(first),
      first.map(([key]) => String(key)),
      depth,
    );
  }

  #list(length: number, items: Iterable<unknown>, depth: number, limit = this.#bounds.members): unknown[] {
    const plain: unknown[] = [];
    for (const item of items) {
      if (plain.length === limit || this.#left <= 0) break;
      plain.push(this.value(item, depth) ?? null);
    }
    if (plain.length < length) plain.push(`… ${length - plain.length} more`);
    return plain;
  }

  #members(object: object, names: readonly string[], depth: number): object {
    const plain: [name: string, value: unknown][] = [];
    for (const name of names) {
      if (plain.length === this.#bounds.members || this.#left <= 0) {
        plain.push(['…', `${names.length - plain.length} more`]);
        break;
      }
      plain.push([this.#name(name), this.value(this.#reader.read(object, name), depth)]);
    }
    return Object.fromEntries(plain);
  }

  /** Names that JavaScript looks up on every object are data no reader takes. */
  #name(name: string): string {
    return this.#text(name in Object.prototype ? `[${name}]` : name);
  }

  #text(text: string): string {
    const max = Math.max(20, Math.min(this.#bounds.text, this.#left));
    const short = text.length <= max ? text : text.slice(0, max - cut.length) + cut;
    const clean = cleanText(short);
    this.#left -= JSON.stringify(clean).length;
    return clean;
  }
}

const ofErrors: ReadonlySet<string> = new Set(['name', 'message', 'code', 'stack', 'cause', 'errors']);

function nameOf(read: (name: string) => unknown): unknown {
  const name = read('name');
  if (name !== 'Error') return name;
  const made = read('constructor');
  return typeof made === 'function' && made.name !== '' ? made.name : name;
}

/** The message stands beside it; a long one must not leave the frames without room. */
function withShortHeader(stack: string): string {
  const frames = stack.search(/\n\s+at /);
  if (frames <= maxHeader) return stack;
  return stack.slice(0, maxHeader) + cut + stack.slice(frames);
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}
