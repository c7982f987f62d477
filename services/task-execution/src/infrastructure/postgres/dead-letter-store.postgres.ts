import type { Database } from '@taskflow/kit-postgres';
import type { DeadLetterStore } from '../../application/ports/dead-letter-store.ts';
import { deadLetterStatements } from './statement-files.ts';

export function createDeadLetterStore(database: Database): DeadLetterStore {
  const statements = deadLetterStatements();
  return {
    async list({ tenantId, queue, type, before, limit, mostBytes }) {
      const parameters = [tenantId, queue ?? null, type ?? null, before ?? null, limit, mostBytes];
      const rows = await database.query<DeadLetterRow>(statements['list-dead-letters'], parameters);
      const letters = rows.map(({ task_id: taskId, buried_at: buriedAt, ...row }) => ({ ...row, taskId, buriedAt }));
      return { letters, found: rows[0]?.found ?? 0 };
    },
  };
}

interface DeadLetterRow {
  id: string;
  task_id: string;
  generation: number;
  queue: string;
  type: string;
  attempts: number;
  reason: string;
  fingerprint: string;
  error: string;
  payload: string;
  buried_at: number;
  found: number;
}
