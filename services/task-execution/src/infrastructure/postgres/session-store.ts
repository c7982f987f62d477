import { type Database, type ParametersOf, type RowOf, textArray, uuidArray } from '@taskflow/kit-postgres';
import type { SessionStore, StoredSession } from '../../application/ports/session-store.ts';
import type { Capabilities } from '../../domain/worker-session.ts';
import { type TaskExecutionStatements, taskExecutionStatements } from './statements.ts';

export function createSessionStore(database: Database): SessionStore {
  const statements = taskExecutionStatements();
  return {
    async open({ id, capabilities, leaseMs }) {
      const [row] = await database.query(statements['open-session'], sessionParameters(id, capabilities, leaseMs));
      return { id, capabilities, createdAt: row?.created_at ?? 0 };
    },
    async resume({ id, capabilities, leaseMs }) {
      const [row] = await database.query(statements['resume-session'], sessionParameters(id, capabilities, leaseMs));
      return row && { id, capabilities, createdAt: row.created_at };
    },
    async find(id) {
      const [row] = await database.query(statements['find-session'], [id]);
      return row && storedSession(row);
    },
    async renew(ids, leaseMs) {
      const rows = await database.query(statements['renew-sessions'], [uuidArray(ids), leaseMs]);
      return new Set(rows.map((row) => row.id));
    },
    async leasesOf(id) {
      const rows = await database.query(statements['find-leases-of-session'], [id]);
      return rows.map(({ tenant_id: tenantId, id: taskId, ...row }) => ({ tenantId, taskId, ...row }));
    },
  };
}

function sessionParameters(
  id: string,
  capabilities: Capabilities,
  leaseMs: number,
): ParametersOf<TaskExecutionStatements['open-session']> {
  const { tenantId, name, queues, types, definitions, concurrency } = capabilities;
  const served = queues === null ? null : textArray(queues);
  return [id, tenantId, name, served, textArray(types), textArray(definitions), concurrency, leaseMs];
}

function storedSession(row: RowOf<TaskExecutionStatements['find-session']>): StoredSession {
  const { id, tenant_id: tenantId, name, queues, types, definitions, concurrency, created_at: createdAt } = row;
  return { id, capabilities: { tenantId, name, queues, types, definitions, concurrency }, createdAt };
}
