import { type Database, type Parameter, textArray, uuidArray } from '@taskflow/kit-postgres';
import type { SessionStore, StoredSession } from '../../application/ports/session-store.ts';
import type { Capabilities } from '../../domain/worker-session.ts';
import { sessionStatements } from './statement-files.ts';

export function createSessionStore(database: Database): SessionStore {
  const statements = sessionStatements();
  return {
    async open({ id, capabilities, leaseMs }) {
      const [row] = await database.query<{ created_at: number }>(
        statements['open-session'],
        sessionParameters(id, capabilities, leaseMs),
      );
      return { id, capabilities, createdAt: row?.created_at ?? 0 };
    },
    async resume({ id, capabilities, leaseMs }) {
      const [row] = await database.query<{ created_at: number }>(
        statements['resume-session'],
        sessionParameters(id, capabilities, leaseMs),
      );
      return row && { id, capabilities, createdAt: row.created_at };
    },
    async find(id) {
      const [row] = await database.query<SessionRow>(statements['find-session'], [id]);
      return row && storedSession(row);
    },
    async renew(ids, leaseMs) {
      const rows = await database.query<{ id: string }>(statements['renew-sessions'], [uuidArray(ids), leaseMs]);
      return new Set(rows.map((row) => row.id));
    },
    async leasesOf(id) {
      const rows = await database.query<LeaseRow>(statements['find-leases-of-session'], [id]);
      return rows.map(({ tenant_id: tenantId, id: taskId, ...row }) => ({ tenantId, taskId, ...row }));
    },
    async count() {
      const [row] = await database.query<{ count: number }>(statements['count-sessions']);
      return row?.count ?? 0;
    },
  };
}

function sessionParameters(id: string, capabilities: Capabilities, leaseMs: number): Parameter[] {
  const { tenantId, name, queues, types, definitions, concurrency } = capabilities;
  const served = queues === null ? null : textArray(queues);
  return [id, tenantId, name, served, textArray(types), textArray(definitions), concurrency, leaseMs];
}

interface SessionRow {
  id: string;
  tenant_id: string;
  name: string;
  queues: string[] | null;
  types: string[];
  definitions: string[];
  concurrency: number;
  created_at: number;
}

function storedSession(row: SessionRow): StoredSession {
  const { id, tenant_id: tenantId, name, queues, types, definitions, concurrency, created_at: createdAt } = row;
  return { id, capabilities: { tenantId, name, queues, types, definitions, concurrency }, createdAt };
}

interface LeaseRow {
  tenant_id: string;
  id: string;
  lease: string;
  bytes: number;
  generation: number;
  announced: boolean;
}
