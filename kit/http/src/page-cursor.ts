import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

const uuidSyntax = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A cursor of a list that is ordered by id, opaque to callers: where the next page begins, and a mark of the list that it belongs to. A forged one shows
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

function invalidCursor(): Problem {
  return new Problem(400, {
    code: 'invalid_cursor',
    detail:
      'The cursor does not belong to this list. Pass nextCursor of the page before unchanged, with the same filters.',
  });
}

const markLength = 8;

function markOf(list: unknown): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, markLength);
}
