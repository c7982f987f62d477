import { instantText } from '@taskflow/kit-time';
import { http } from '@taskflow/contracts-task-execution';
import { decodeCursor, encodeCursor, type Route, route } from '@taskflow/kit-http';
import type { StoredDeadLetter } from '../application/ports/dead-letter-store.ts';
import type { ListDeadLetters } from '../application/queries/list-dead-letters.ts';

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
        const key = ['dead-letters', { queue, type }];
        const before = decodeCursor(query.cursor, key);
        const { items, next } = await deps.listDeadLetters({ tenantId: deps.tenantId, queue, type, limit, before });
        const nextCursor = JSON.stringify(next && encodeCursor(next, key));
        return { status: 200, json: `{"items":[${items.map(bodyText).join(',')}],"nextCursor":${nextCursor}}` };
      },
    }),
  ];
}

function bodyText(letter: StoredDeadLetter): string {
  const { id, taskId, generation, type, queue, attempts, reason, fingerprint, deadLetteredAt } = letter;
  const at = instantText(deadLetteredAt);
  const head = JSON.stringify({ id, taskId, generation, type, queue, attempts, reason, fingerprint, at });
  return `${head.slice(0, -1)},"error":${letter.error},"payload":${letter.payload}}`;
}
