import { type Database, type RowOf, uuidArray } from '@taskflow/kit-postgres';
import type { ClaimedWork, ClaimStore } from '../../application/ports/claim-store.ts';
import { claimPartitions, claimSlots, limitedQueues } from './parameters.ts';
import { type TaskExecutionStatements, taskExecutionStatements } from './statements.ts';

export function createClaimStore(database: Database): ClaimStore {
  const statements = taskExecutionStatements();
  return {
    async claim({ partitions, assignments, limited, maxBytes, durability }) {
      const sessions = uuidArray([...new Set(assignments.map(({ session }) => session))]);
      const parameters = [
        ...claimPartitions.encode(partitions),
        ...claimSlots.encode(assignments),
        sessions,
        maxBytes,
      ] as const;
      const rows = await database.transaction(
        async (tx) => {
          if (!limited) return tx.query(statements['claim-waiting-work'], parameters);
          const [, claimed] = await Promise.all([
            tx.query(statements['lock-limited-queues'], [...limitedQueues.encode(partitions), partitions.length]),
            tx.query(statements['claim-limited-work'], parameters),
          ]);
          return claimed;
        },
        { durability },
      );
      return rows.map(claimedWork).sort((a, b) => b.priority - a.priority || a.seq - b.seq);
    },
  };
}

function claimedWork(row: RowOf<TaskExecutionStatements['claim-waiting-work']>): ClaimedWork {
  return {
    tenantId: row.tenant_id,
    taskId: row.id,
    lease: row.lease,
    session: row.session,
    seq: row.seq,
    queue: row.queue,
    type: row.type,
    definition: row.definition,
    priority: row.priority,
    attempt: row.attempt,
    generation: row.generation,
    timeoutMs: row.deadline_at === null ? null : Math.max(1, row.deadline_at - row.claimed_at),
    payload: row.payload,
    bytes: row.bytes,
    options: row.options,
  };
}
