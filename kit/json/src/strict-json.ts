import { isUtf8 } from 'node:buffer';
import type { JsonRefusal } from './json-refusal.ts';
import { defaultJsonLimits, type JsonLimits, JsonScanner } from './json-scanner.ts';

export type JsonResult = { ok: true; value: unknown } | { ok: false; refusal: JsonRefusal };

export type ItemsResult =
  | {
      ok: true;
      value: unknown;
      /**
       * By index. Such an item stands in `value` as `JSON.parse` gives it, or without what lies deep in it: read nothing of
       * it but names.
       */
      refusedItems: ReadonlyMap<number, JsonRefusal>;
    }
  | { ok: false; refusal: JsonRefusal };

const none: ReadonlyMap<number, JsonRefusal> = new Map();

/**
 * Parses JSON text that came from outside, and refuses what `JSON.parse` would take and change or what a later
 * part would choke on: duplicate keys, numbers that lose digits, NUL and lone surrogates, keys that reach the
 * prototype, nesting and sizes without a bound. What it accepts, it gives exactly as `JSON.parse` does.
 */
export function parseStrictJson(input: string | Buffer, limits: JsonLimits = defaultJsonLimits): JsonResult {
  const text = textOf(input);
  if (typeof text !== 'string') return { ok: false, refusal: text };
  const refusal = new JsonScanner(text, limits).scan();
  return refusal ? { ok: false, refusal } : parsed(text);
}

/**
 * The same for a message whose member `list` holds items of several owners: what is wrong inside one item is told
 * of that item, and refuses neither its neighbours nor the message. Text that is no JSON at all refuses the whole,
 * because nobody can say where its items end.
 */
export function parseStrictItems(
  input: string | Buffer,
  list: string,
  limits: JsonLimits = defaultJsonLimits,
): ItemsResult {
  const text = textOf(input);
  if (typeof text !== 'string') return { ok: false, refusal: text };
  const scanner = new JsonScanner(text, limits, list);
  const refusal = scanner.scan();
  if (refusal) return { ok: false, refusal };
  const result = parsed(scanner.parsable);
  return result.ok ? { ...result, refusedItems: scanner.refusedItems ?? none } : result;
}

/** Says why a text that `JSON.stringify` printed would be refused by `parseStrictJson`; makes no value. */
export function jsonRefusalOf(text: string, limits: JsonLimits = defaultJsonLimits): JsonRefusal | undefined {
  return new JsonScanner(text, limits).scan();
}

/** The scanner leaves one rule of the grammar to `JSON.parse`: no control character inside a string. */
function parsed(text: string): JsonResult {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const offset = position === undefined ? undefined : Number(position);
    const where = offset === undefined ? '' : ` at offset ${offset}`;
    return {
      ok: false,
      refusal: { code: 'malformed_json', detail: `The text is not valid JSON${where}.`, pointer: '#', offset },
    };
  }
}

function textOf(input: string | Buffer): string | JsonRefusal {
  return typeof input === 'string' ? wellFormed(input) : decoded(input);
}

function decoded(bytes: Buffer): string | JsonRefusal {
  if (!isUtf8(bytes)) {
    return { code: 'malformed_json', detail: 'The text is not valid UTF-8.', pointer: '#', offset: undefined };
  }
  return bytes.toString('utf8');
}

function wellFormed(text: string): string | JsonRefusal {
  if (text.isWellFormed()) return text;
  return { code: 'invalid_string', detail: 'The text holds a lone surrogate.', pointer: '#', offset: undefined };
}
