import { isUtf8 } from 'node:buffer';
import { type JsonLimits, JsonScanner, defaultJsonLimits } from './json-scanner.ts';
import type { JsonRefusal } from './json-refusal.ts';

export type JsonResult = { ok: true; value: unknown } | { ok: false; refusal: JsonRefusal };

/**
 * Parses JSON text that came from outside, and refuses what `JSON.parse` would take and change or what a later
 * part would choke on: duplicate keys, numbers that lose digits, NUL and lone surrogates, keys that reach the
 * prototype, nesting and sizes without a bound. What it accepts, it gives exactly as `JSON.parse` does.
 */
export function parseStrictJson(input: string | Buffer, limits: JsonLimits = defaultJsonLimits): JsonResult {
  const text = typeof input === 'string' ? wellFormed(input) : decoded(input);
  if (typeof text !== 'string') return { ok: false, refusal: text };
  const refusal = new JsonScanner(text, limits).scan();
  if (refusal) return { ok: false, refusal };
  return parse(text);
}

/** The scanner leaves one rule of the grammar to `JSON.parse`: no control character inside a string. */
function parse(text: string): JsonResult {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const offset = position === undefined ? undefined : Number(position);
    const where = offset === undefined ? '' : ` at offset ${offset}`;
    return {
      ok: false,
      refusal: { code: 'malformed_json', detail: `The body is not valid JSON${where}.`, pointer: '#', offset },
    };
  }
}

function decoded(bytes: Buffer): string | JsonRefusal {
  if (!isUtf8(bytes)) {
    return { code: 'malformed_json', detail: 'The body is not valid UTF-8.', pointer: '#', offset: undefined };
  }
  return bytes.toString('utf8');
}

function wellFormed(text: string): string | JsonRefusal {
  if (text.isWellFormed()) return text;
  return { code: 'invalid_string', detail: 'The text holds a lone surrogate.', pointer: '#', offset: undefined };
}
