import { instantText } from '@taskflow/kit-time';
import { http } from '@taskflow/contracts-task-execution';
import { Problem, type Route, route } from '@taskflow/kit-http';
import { z } from 'zod';
import type { StoredDeadLetter } from '../application/ports/dead-letter-store.ts';
import type { ListDeadLetters } from '../application/queries/list-dead-letters.ts';

const cursorId = z.uuid();

export function deadLetterRoutes(deps: { listDeadLetters: ListDeadLetters; tenantId: string }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/dead-letters',
      summary: 'Tasks that failed for good, newest first',
      tag: 'Dead letters',
      query: http.listDeadLetters,
      answers: { 200: http.deadLetterList },
      async handle({ query }) {
        const { queue, type, limit } = query;
        const before = readCursor(query.cursor);
        const { items, next } = await deps.listDeadLetters({ tenantId: deps.tenantId, queue, type, limit, before });
        const list = items.map(bodyText).join(',');
        return { status: 200, json: `{"items":[${list}],"nextCursor":${JSON.stringify(next && cursorOf(next))}}` };
      },
    }),
  ];
}

function bodyText(letter: StoredDeadLetter): string {
  const { id, taskId, generation, type, queue, attempts, reason, fingerprint, buriedAt } = letter;
  const at = instantText(buriedAt);
  const head = JSON.stringify({ id, taskId, generation, type, queue, attempts, reason, fingerprint, at });
  return `${head.slice(0, -1)},"error":${letter.error},"payload":${letter.payload}}`;
}

/** Opaque to clients, so that what it holds may change. */
function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = cursorId.safeParse(Buffer.from(cursor, 'base64url').toString());
  if (id.success) return id.data;
  throw new Problem(422, {
    code: 'invalid_cursor',
    detail: 'The cursor is not one that this list gave.',
    errors: [{ pointer: '?cursor', code: 'invalid_cursor', detail: 'Take nextCursor of the page before.' }],
  });
}
