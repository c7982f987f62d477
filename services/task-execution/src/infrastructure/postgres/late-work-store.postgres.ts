import type { Database } from '@taskflow/kit-postgres';
import type { LateWorkStore } from '../../application/ports/late-work-store.ts';
import { lateWorkStatements } from './statement-files.ts';

/** `dataPath` probes indexes only, for what runs twice a second; `general` reads all running work. */
export function createLateWorkStore({ general, dataPath }: { general: Database; dataPath: Database }): LateWorkStore {
  const statements = lateWorkStatements();
  return {
    async look(overdueGraceMs) {
      const [row] = await dataPath.query<LateRow>(statements['look-for-late-work'], [overdueGraceMs]);
      const nextDueMs = row?.next_due_ms ?? null;
      return {
        waiting: row?.waiting ?? false,
        delayed: row?.delayed ?? false,
        overdue: row?.overdue ?? false,
        due: nextDueMs !== null && nextDueMs <= 0,
        nextDueMs,
        sessions: row?.sessions ?? [],
      };
    },
    async suspectLeases(olderThanMs) {
      const rows = await general.query<SuspectRow>(statements['find-suspect-leases'], [olderThanMs]);
      return rows.map(({ tenant_id: tenantId, id: taskId, lease, session, orphaned }) => ({
        tenantId,
        taskId,
        lease,
        session,
        orphaned,
      }));
    },
  };
}

interface LateRow {
  waiting: boolean;
  delayed: boolean;
  overdue: boolean;
  next_due_ms: number | null;
  sessions: { id: string; leases: number }[] | null;
}

interface SuspectRow {
  tenant_id: string;
  id: string;
  lease: string;
  session: string;
  orphaned: boolean;
}
