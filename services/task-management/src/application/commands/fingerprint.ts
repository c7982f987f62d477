import type { Digest } from '../ports/digest.ts';

/** Digest of a JSON value, the same whatever order its members come in. */
export function fingerprintOf(value: unknown, digest: Digest): Buffer {
  return digest(canonical(value));
}

/** What holds no other object and is in order already is printed in one go: most of a large value is such. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) {
    return value.some(isObject) ? `[${value.map(canonical).join(',')}]` : JSON.stringify(value);
  }
  if (isFlatAndInOrder(value)) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isFlatAndInOrder(value: object): boolean {
  let last = '';
  for (const [key, member] of Object.entries(value)) {
    if (isObject(member) || key < last) return false;
    last = key;
  }
  return true;
}
