import { jsonPointer } from './json-pointer.ts';
import type { JsonRefusal, JsonRefusalCode } from './json-refusal.ts';
import { extentOf, namesOf } from './refused-item.ts';

export interface JsonLimits {
  /** Most arrays and objects within each other. */
  maxDepth: number;
  /** Most members of one object. */
  maxMembers: number;
  /** Most items of one array. */
  maxItems: number;
  /** Most values in the whole text; in each item of a list whose items are judged each for itself. */
  maxValues: number;
  /** Values in the items of such a list above which no further item is taken. */
  maxListValues: number;
}

export const defaultJsonLimits: JsonLimits = {
  maxDepth: 64,
  maxMembers: 10_000,
  maxItems: 100_000,
  maxValues: 1_000_000,
  maxListValues: 500_000,
};

/** Below this many members a new key is compared with the earlier ones; a Set costs more there. */
const comparedMembers = 12;

/**
 * Keys that JavaScript itself looks up on any object: a value of the caller's under such a name changes what
 * later code does with the object, or throws in it. `prototype` counts inside `constructor` only, because both
 * alone are ordinary words.
 */
const forbiddenKeys = new Set([
  '__proto__',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '__defineSetter__',
]);

const shortestForbidden = Math.min(...[...forbiddenKeys].map((key) => key.length));

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

const numberSyntax = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const integerSyntax = /^-?\d+$/;
/** An integer literal of up to 15 digits is exact in a double. */
const exactDigits = 15;

const isDigit = (code: number) => code >= zero && code <= nine;
/** Whether a character cannot go on with a number: anything but `.`, `e` and `E`. */
const endsNumber = (code: number) => code !== 0x2e && code !== 0x65 && code !== 0x45;

class Refused extends Error {
  readonly code: JsonRefusalCode;
  readonly offset: number;
  constructor(code: JsonRefusalCode, detail: string, offset: number) {
    super(detail);
    this.code = code;
    this.offset = offset;
  }
}

/** An array or object that is open. One per depth is kept and used again. */
interface Container {
  isObject: boolean;
  /** Members or items begun. */
  count: number;
  /** It is the value of a key `constructor`. */
  insideConstructor: boolean;
  keys: string[];
  seen: Set<string> | undefined;
}

/** Depth of an item of the list that a message holds: the message, its list, the item. */
const listDepth = 2;

/**
 * Walks once over a JSON text, checks the grammar and every rule of `parseStrictJson`, and makes no value but the keys.
 * It keeps the open containers itself and calls itself never: no text exhausts the stack.
 */
export class JsonScanner {
  /** With a `list`: what was refused inside its items, by their index. */
  refusedItems: Map<number, JsonRefusal> | undefined;
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #list: string | undefined;
  /** Index of the first backslash at or behind the place that was asked for last: a string without one ends at the next quote. */
  #nextBackslash = -1;
  #at = 0;
  #depth = 0;
  #values = 0;
  readonly #containers: Container[] = [];
  /** Key or index at each depth, for the pointer of a refusal. */
  readonly #path: (string | number | undefined)[] = [];
  /** Where the item of the list begins that is being read. */
  #itemAt: number | undefined;
  /** Of the items before it: values that are made when the text is parsed. */
  #listValues = 0;
  /** The text without what is in refused items and would be too much to be made. */
  readonly #kept: string[] = [];
  #keptUpTo = 0;

  /** `list` names the member of the outermost object whose items are judged each for itself. */
  constructor(text: string, limits: JsonLimits, list?: string) {
    this.#text = text;
    this.#limits = limits;
    this.#list = list;
  }

  /** What is to be parsed, once the scan has found nothing to refuse. */
  get parsable(): string {
    return this.#kept.length === 0 ? this.#text : this.#kept.join('') + this.#text.slice(this.#keptUpTo);
  }

  /** `undefined` when the text may be parsed. */
  scan(): JsonRefusal | undefined {
    let isBegun = false;
    for (;;) {
      try {
        if (!isBegun) {
          isBegun = true;
          this.#scanValue(false);
        }
        while (this.#depth > 0) this.#scanNext();
        this.#skipSpace();
        if (this.#at < this.#text.length) this.#refuseSyntax();
        return undefined;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const { code, message: detail, offset } = error;
        const refusal = { code, detail, pointer: this.#pointer(), offset };
        if (code === 'malformed_json' || !this.#leaveItem(refusal)) return refusal;
      }
    }
  }

  #scanValue(insideConstructor: boolean): void {
    this.#skipSpace();
    if (++this.#values > this.#limits.maxValues) {
      this.#refuse('too_many_items', `The text holds more than ${this.#limits.maxValues} values.`);
    }
    const code = this.#text.charCodeAt(this.#at);
    if (code === quote) this.#scanString();
    else if (code === openBrace) this.#open(true, insideConstructor);
    else if (code === openBracket) this.#open(false, false);
    else if (code === minus || (code >= zero && code <= nine)) this.#scanNumber();
    else this.#scanWord();
  }

  /** The next member or item of the innermost container, or its end. */
  #scanNext(): void {
    const container = this.#containers[this.#depth - 1] as Container;
    if (this.#depth <= listDepth) this.#itemAt = undefined;
    const code = this.#peekAfterSpace();
    if (code === (container.isObject ? closeBrace : closeBracket)) return this.#close();
    if (container.count > 0) {
      if (code !== comma) this.#refuseSyntax();
      this.#at++;
    }
    if (container.isObject) this.#scanMember(container);
    else this.#scanItem(container);
  }

  #scanMember(container: Container): void {
    if (this.#peekAfterSpace() !== quote) this.#refuseSyntax();
    const start = this.#at;
    const key = this.#scanKey();
    this.#path[this.#depth - 1] = key;
    container.count++;
    this.#checkKey(key, container.insideConstructor, start);
    if (isRepeated(container, key)) this.#refuse('duplicate_key', 'An object holds the same key twice.', start);
    if (container.count > this.#limits.maxMembers) {
      this.#refuse('too_many_items', `An object holds more than ${this.#limits.maxMembers} members.`, start);
    }
    if (this.#peekAfterSpace() !== colon) this.#refuseSyntax();
    this.#at++;
    this.#scanValue(key === 'constructor');
  }

  #scanItem(container: Container): void {
    this.#path[this.#depth - 1] = container.count++;
    if (container.count > this.#limits.maxItems) {
      this.#refuse('too_many_items', `An array holds more than ${this.#limits.maxItems} items.`);
    }
    if (this.#depth === listDepth && this.#list !== undefined && this.#path[0] === this.#list) {
      this.#skipSpace();
      this.#beginItem();
    }
    this.#scanValue(false);
  }

  /** Bounds of a value are those of an item here. Many together are refused as a message, which can be sent in parts. */
  #beginItem(): void {
    if (this.#path[listDepth - 1] !== 0) this.#listValues += this.#values;
    this.#values = 0;
    if (this.#listValues > this.#limits.maxListValues) {
      this.#refuse(
        'too_many_items',
        `The items before this one hold more than ${this.#limits.maxListValues} values. Send it with the next message.`,
      );
    }
    this.#itemAt = this.#at;
  }

  /** The depth is refused before the step down. */
  #open(isObject: boolean, insideConstructor: boolean): void {
    if (this.#depth === this.#limits.maxDepth) {
      this.#refuse('too_deep', `Arrays and objects are nested deeper than ${this.#limits.maxDepth}.`);
    }
    this.#path[this.#depth] = undefined;
    const container = (this.#containers[this.#depth] ??= emptyContainer());
    container.isObject = isObject;
    container.count = 0;
    container.insideConstructor = insideConstructor;
    container.keys.length = 0;
    container.seen = undefined;
    this.#at++;
    this.#depth++;
  }

  #close(): void {
    this.#at++;
    this.#depth--;
  }

  /** Notes what was refused at its item and goes on behind it; the grammar in between is left to `JSON.parse`. */
  #leaveItem(refusal: JsonRefusal): boolean {
    if (this.#itemAt === undefined) return false;
    this.refusedItems ??= new Map();
    this.refusedItems.set(this.#path[listDepth - 1] as number, refusal);
    const { end, values } = extentOf(this.#text, this.#itemAt);
    this.#values = values;
    if (this.#listValues + values > this.#limits.maxListValues) this.#keepNames(this.#itemAt, end);
    this.#at = end;
    this.#depth = listDepth;
    this.#itemAt = undefined;
    return true;
  }

  /** To make a refused value could take longer than to judge it. */
  #keepNames(from: number, end: number): void {
    this.#values = 0;
    this.#kept.push(this.#text.slice(this.#keptUpTo, from), namesOf(this.#text.slice(from, end)));
    this.#keptUpTo = end;
  }

  #scanKey(): string {
    const start = this.#at;
    const plain = this.#scanString();
    const raw = this.#text.slice(start + 1, this.#at - 1);
    return plain ? raw : decodedKey(raw);
  }

  #checkKey(key: string, insideConstructor: boolean, start: number): void {
    if ((key.length >= shortestForbidden && forbiddenKeys.has(key)) || (insideConstructor && key === 'prototype')) {
      this.#refuse('forbidden_key', `The key ${JSON.stringify(key)} may not be used in an object.`, start);
    }
  }

  /** Gives whether the string is written without an escape. */
  #scanString(): boolean {
    const start = this.#at + 1;
    const end = this.#text.indexOf('"', start);
    if (end === -1) this.#refuse('malformed_json', 'The text ends within a string.', this.#text.length);
    if (this.#nextBackslash < start) {
      const found = this.#text.indexOf('\\', start);
      this.#nextBackslash = found === -1 ? Number.POSITIVE_INFINITY : found;
    }
    this.#at = end + 1;
    if (end < this.#nextBackslash) return true;
    this.#scanEscapes(start);
    return false;
  }

  #scanEscapes(start: number): void {
    const text = this.#text;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) break;
      if (code !== backslash) {
        if (Number.isNaN(code)) this.#refuse('malformed_json', 'The text ends within a string.', at);
        at++;
      } else if (text.charCodeAt(at + 1) === 0x75) at = this.#scanUnicodeEscape(at);
      else if (at + 1 < text.length && '"\\/bfnrt'.includes(text.charAt(at + 1))) at += 2;
      else this.#refuse('malformed_json', 'A string holds an unknown escape.', at);
    }
    this.#at = at + 1;
  }

  /** Gives the index behind the escape, or behind the pair when it is one half of a surrogate pair. */
  #scanUnicodeEscape(at: number): number {
    const unit = this.#hexUnit(at);
    if (unit === 0) this.#refuse('invalid_string', 'A string holds the character NUL.', at);
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    const isPair = unit <= 0xdbff && this.#text.startsWith('\\u', at + 6);
    const low = isPair ? this.#hexUnit(at + 6) : 0;
    if (low < 0xdc00 || low > 0xdfff) this.#refuse('invalid_string', 'A string holds a lone surrogate.', at);
    return at + 12;
  }

  #hexUnit(at: number): number {
    const digits = this.#text.slice(at + 2, at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#refuse('malformed_json', 'A string holds an unknown escape.', at);
    return Number.parseInt(digits, 16);
  }

  #scanNumber(): void {
    const text = this.#text;
    const start = this.#at;
    let at = start + 1;
    while (isDigit(text.charCodeAt(at))) at++;
    const first = text.charCodeAt(start);
    // A short integer without a sign and without more behind it is exact: by far the most of all numbers.
    if (first !== minus && first !== zero && at - start <= exactDigits && endsNumber(text.charCodeAt(at))) {
      this.#at = at;
      return;
    }
    numberSyntax.lastIndex = start;
    if (!numberSyntax.test(text)) this.#refuseSyntax();
    this.#at = numberSyntax.lastIndex;
    this.#checkNumber(text.slice(start, this.#at), start);
  }

  #checkNumber(literal: string, start: number): void {
    if (isKept(literal)) return;
    this.#refuse(
      'number_out_of_range',
      'A number would not be kept as it was sent (more digits than a double has, beyond its range, or a negative zero). Send it as a string.',
      start,
    );
  }

  #scanWord(): void {
    const code = this.#text.charCodeAt(this.#at);
    const word = code === 0x74 ? 'true' : code === 0x66 ? 'false' : 'null';
    if (!this.#text.startsWith(word, this.#at)) this.#refuseSyntax();
    this.#at += word.length;
  }

  #skipSpace(): void {
    const text = this.#text;
    for (;;) {
      const code = text.charCodeAt(this.#at);
      if (code > 0x20 || (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09)) return;
      this.#at++;
    }
  }

  #peekAfterSpace(): number {
    this.#skipSpace();
    return this.#text.charCodeAt(this.#at);
  }

  #refuseSyntax(): never {
    const ends = this.#at >= this.#text.length;
    if (this.#text.charCodeAt(0) === 0xfeff) {
      this.#refuse('malformed_json', 'The text begins with a byte order mark; send UTF-8 without one.', 0);
    }
    this.#refuse(
      'malformed_json',
      ends ? 'The text ends before its JSON is complete.' : `The text is not valid JSON at offset ${this.#at}.`,
    );
  }

  #refuse(code: JsonRefusalCode, detail: string, offset = this.#at): never {
    throw new Refused(code, detail, offset);
  }

  #pointer(): string {
    return jsonPointer(this.#path.slice(0, this.#depth).filter((part) => part !== undefined));
  }
}

/**
 * An integer is kept when it would be printed with the digits that it came with. So what `JSON.stringify` prints is
 * always taken, and a long number of another language (an id of 64 bits) never comes back as its neighbour.
 */
function isKept(literal: string): boolean {
  const value = Number(literal);
  if (!Number.isFinite(value) || Object.is(value, -0)) return false;
  if (value === 0) return !/[1-9]/.test(literal.split(/[eE]/)[0] ?? '');
  return Number.isSafeInteger(value) || !integerSyntax.test(literal) || String(value) === literal;
}

function isRepeated(container: Container, key: string): boolean {
  const { keys } = container;
  if (keys.length >= comparedMembers) container.seen ??= new Set(keys);
  const { seen } = container;
  if (seen ? seen.has(key) : keys.includes(key)) return true;
  if (seen) seen.add(key);
  else keys.push(key);
  return false;
}

function emptyContainer(): Container {
  return { isObject: false, count: 0, insideConstructor: false, keys: [], seen: undefined };
}

/** A control character beside an escape is left to the parse that follows the scan, which refuses the whole text. */
function decodedKey(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}
