import { createHash } from 'node:crypto';
import { invalidCursor } from './refusals.ts';

const uuidSyntax = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Opaque to callers: where the next page begins, and a mark of the list that it belongs to. A forged one shows
 * nothing that the list itself would not, because every page is read under the caller's own tenant.
 */
export function encodeCursor(below: string, list: unknown): string {
  return Buffer.from(`${markOf(list)}${below}`).toString('base64url');
}

export function decodeCursor(cursor: string | undefined, list: unknown): string | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const below = text.slice(markLength);
  if (text.slice(0, markLength) !== markOf(list) || !uuidSyntax.test(below)) throw invalidCursor();
  return below;
}

const markLength = 8;

function markOf(list: unknown): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, markLength);
}
