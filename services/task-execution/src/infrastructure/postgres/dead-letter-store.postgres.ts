import type { Database } from '@taskflow/kit-postgres';
import type { DeadLetterStore } from '../../application/ports/dead-letter-store.ts';
import { taskExecutionStatements } from './statements.ts';

export function createDeadLetterStore(database: Database): DeadLetterStore {
  const statements = taskExecutionStatements();
  return {
    async list({ tenantId, queue, type, before, limit, mostBytes }) {
      const rows = await database.query(statements['list-dead-letters'], [
        tenantId,
        queue ?? null,
        type ?? null,
        before ?? null,
        limit,
        mostBytes,
      ]);
      const letters = rows.map(({ task_id: taskId, buried_at: buriedAt, ...row }) => ({ ...row, taskId, buriedAt }));
      return { letters, found: rows[0]?.found ?? 0 };
    },
  };
}
