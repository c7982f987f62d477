/** Longest part that is echoed: a caller's megabyte of key must not come back in every error. */
const maxPartChars = 100;

/** RFC 6901 as a URI fragment: `#/steps/0/key`; `#` is the whole document. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return `#${path.map((part) => `/${escaped(String(part))}`).join('')}`;
}

function escaped(part: string): string {
  const shown = part.length > maxPartChars ? `${part.slice(0, maxPartChars)}…` : part;
  return encodeURIComponent(shown.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'));
}
