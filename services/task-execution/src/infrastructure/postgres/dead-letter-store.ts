import type { Database } from '@taskflow/kit-postgres';
import type { DeadLetterStore } from '../../application/ports/dead-letter-store.ts';
import { taskExecutionStatements } from './statements.ts';

export function createDeadLetterStore(database: Database): DeadLetterStore {
  const statements = taskExecutionStatements();
  return {
    async list({ tenantId, queue, type, before, limit, maxBytes }) {
      const rows = await database.query(statements['list-dead-letters'], [
        tenantId,
        queue ?? null,
        type ?? null,
        before ?? null,
        limit,
        maxBytes,
      ]);
      const letters = rows.map(({ task_id: taskId, buried_at: deadLetteredAt, ...row }) => ({
        ...row,
        taskId,
        deadLetteredAt,
      }));
      return { letters, found: rows[0]?.found ?? 0 };
    },
  };
}
