import { type Database, uuidArray } from '@taskflow/kit-postgres';
import type { LateWorkStore } from '../../application/ports/late-work-store.ts';
import { lateWorkStatements } from './statement-files.ts';

/** Before every id. */
const firstId = '00000000-0000-0000-0000-000000000000';

/** `dataPath` probes indexes only, for what runs twice a second; `general` reads all running work. */
export function createLateWorkStore({ general, dataPath }: { general: Database; dataPath: Database }): LateWorkStore {
  const statements = lateWorkStatements();
  return {
    async look(overdueGraceMs, leftAlone) {
      const [row] = await dataPath.query<LateRow>(statements['look-for-late-work'], [
        overdueGraceMs,
        uuidArray(leftAlone),
      ]);
      const nextDueMs = row?.next_due_ms ?? null;
      return {
        waiting: row?.waiting ?? false,
        delayed: row?.delayed ?? false,
        overdue: row?.overdue ?? false,
        due: nextDueMs !== null && nextDueMs <= 0,
        nextDueMs,
      };
    },
    async lapsedSessions(most, leftAlone) {
      const lapsed = await general.query<{ id: string }>(statements['look-for-lapsed-sessions'], [
        most,
        uuidArray(leftAlone),
      ]);
      if (lapsed.length === 0) return [];
      const ids = lapsed.map(({ id }) => id);
      const counted = await general.query<CountRow>(statements['count-leases-of-sessions'], [uuidArray(ids)]);
      const leasesOf = new Map(counted.map(({ session, leases }) => [session, leases]));
      return ids.map((id) => ({ id, leases: leasesOf.get(id) ?? 0 }));
    },
    async endedSessions(ids) {
      const ended = await general.query<{ id: string }>(statements['find-ended-sessions'], [uuidArray(ids)]);
      return ended.map(({ id }) => id);
    },
    async leasesAfter(last, settledMs, most) {
      const parameters = [last?.tenantId ?? firstId, last?.taskId ?? firstId, settledMs, most];
      const rows = await dataPath.query<LeaseRow>(statements['look-at-leases'], parameters);
      return rows.map(({ tenant_id: tenantId, id: taskId, ...row }) => ({ tenantId, taskId, ...row }));
    },
  };
}

interface LateRow {
  waiting: boolean;
  delayed: boolean;
  overdue: boolean;
  next_due_ms: number | null;
}

interface CountRow {
  session: string;
  leases: number;
}

interface LeaseRow {
  tenant_id: string;
  id: string;
  lease: string;
  session: string;
  bytes: number;
  orphaned: boolean;
  settled: boolean;
}
