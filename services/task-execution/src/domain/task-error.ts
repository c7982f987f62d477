/** An error as it is stored, published and shown. */
export interface TaskError {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

const maxCode = 200;
const maxMessage = 8_192;
const maxDetails = 16_384;
/** A character is written with six at most: what is longer in JSON stays too long, however it is mended. */
export const maxMendable = 6 * maxDetails;
const cut = '… (cut)';

/**
 * Makes whatever a worker reports fit to be stored: NUL and lone surrogates become U+FFFD (the database and the
 * consumers' JSON refuse them), overlong parts are cut and say so, and a code is always there. A report is never
 * refused for its error: the task would then never end.
 */
export function sanitizeError(error: TaskError): TaskError {
  const code = cleanStart(error.code, maxCode) || 'error';
  const message = cleanStart(error.message, maxMessage);
  if (error.details === undefined) return { code, message };
  const written = JSON.stringify(error.details) ?? 'null';
  const details = written.length > maxMendable ? written : sanitizeJson(written);
  if (details.length > maxDetails) return { code, message, details: { cut: true, length: details.length } };
  return { code, message, details: JSON.parse(details) as unknown };
}

/** Characters of what an error says. */
export function errorBytes({ code, message, details }: TaskError): number {
  const text = details === undefined ? undefined : JSON.stringify(details);
  return code.length + message.length + (text?.length ?? 0);
}

/** In JSON text: an escape of NUL or of half a surrogate pair. */
const suspicious = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;
/** Whole pairs and all other escapes are matched too, so that no half of theirs is taken for one that stands alone. */
const escapes = /\\u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|0000|d[89a-f][0-9a-f]{2})|\\./gi;

/** Gives JSON text with U+FFFD in the place of NUL and of lone surrogates, in keys and values; else as it is. */
export function sanitizeJson(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  if (!suspicious.test(wellFormed)) return wellFormed;
  return wellFormed.replace(escapes, (escape, unit: string | undefined) => (unit?.length === 4 ? '\uFFFD' : escape));
}

function clean(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** Cut before it is cleaned: what is left out may be megabytes. */
function cleanStart(text: string, max: number): string {
  if (text.length <= max) return clean(text);
  return clean(text.slice(0, max - cut.length)) + cut;
}

/**
 * Groups errors that are the same but for what varies between tasks (ids, numbers, quoted values): a short hex text,
 * equal for equal shapes.
 */
export function errorFingerprint(type: string, error: TaskError): string {
  const shape = error.message
    .slice(0, 1_000)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replace(/(["'`]).*?\1/g, '<value>')
    .replace(/\d+/g, '<n>');
  return hash64(`${type}\n${error.code}\n${shape}`);
}

/** FNV-1a in two 32-bit halves of different offset: no secrecy, only short and stable. */
function hash64(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ (unit + index), 0x01000193);
  }
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
