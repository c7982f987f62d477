import { type Database, textArray, uuidArray } from '@taskflow/kit-postgres';
import type { ClaimedWork, ClaimStore } from '../../application/ports/claim-store.ts';
import { claimStatements } from './statement-files.ts';

export function createClaimStore(database: Database): ClaimStore {
  const statements = claimStatements();
  return {
    async claim({ lanes, assignments, limited, maxBytes, durability }) {
      const tenants = uuidArray(lanes.map(({ tenantId }) => tenantId));
      const queues = textArray(lanes.map(({ queue }) => queue));
      const parameters = [
        tenants,
        queues,
        textArray(lanes.map(({ type }) => type)),
        textArray(lanes.map(({ definition }) => definition)),
        uuidArray(assignments.map(({ lease }) => lease)),
        uuidArray(assignments.map(({ session }) => session)),
        uuidArray([...new Set(assignments.map(({ session }) => session))]),
        maxBytes,
      ];
      const rows = await database.transaction(
        async (tx) => {
          const statement = limited ? statements['claim-limited-work'] : statements['claim-waiting-work'];
          const [, claimed] = await Promise.all([
            limited ? tx.query(statements['lock-limited-queues'], [tenants, queues, lanes.length]) : undefined,
            tx.query<ClaimedRow>(statement, parameters),
          ]);
          return claimed;
        },
        { durability },
      );
      return rows.map(claimedWork).sort((a, b) => b.priority - a.priority || a.seq - b.seq);
    },
  };
}

interface ClaimedRow {
  tenant_id: string;
  id: string;
  lease: string;
  session: string;
  seq: number;
  queue: string;
  type: string;
  definition: string;
  priority: number;
  attempt: number;
  generation: number;
  claimed_at: number;
  deadline_at: number | null;
  payload: string;
  bytes: number;
  options: string | null;
}

function claimedWork(row: ClaimedRow): ClaimedWork {
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
