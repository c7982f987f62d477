import { type Database, uuidArray } from '@taskflow/kit-postgres';
import type { LateWorkStore } from '../../application/ports/late-work-store.ts';
import { taskExecutionStatements } from './statements.ts';

/** Before every id. */
const firstId = '00000000-0000-0000-0000-000000000000';

/** `dataPath` probes indexes only, for what runs twice a second; `general` reads all running work. */
export function createLateWorkStore({ general, dataPath }: { general: Database; dataPath: Database }): LateWorkStore {
  const statements = taskExecutionStatements();
  return {
    async look(overdueGraceMs, leftAlone) {
      const [row] = await dataPath.query(statements['look-for-late-work'], [overdueGraceMs, uuidArray(leftAlone)]);
      const nextDueMs = row?.next_due_ms ?? null;
      return {
        waiting: row?.waiting ?? false,
        delayed: row?.delayed ?? false,
        overdue: row?.overdue ?? false,
        due: nextDueMs !== null && nextDueMs <= 0,
        nextDueMs,
      };
    },
    async expiredSessions(max, leftAlone) {
      const expired = await general.query(statements['look-for-expired-sessions'], [max, uuidArray(leftAlone)]);
      if (expired.length === 0) return [];
      const ids = expired.map(({ id }) => id);
      const counted = await general.query(statements['count-leases-of-sessions'], [uuidArray(ids)]);
      const leasesOf = new Map(counted.map(({ session, leases }) => [session, leases]));
      return ids.map((id) => ({ id, leases: leasesOf.get(id) ?? 0 }));
    },
    async endedSessions(ids) {
      const ended = await general.query(statements['find-ended-sessions'], [uuidArray(ids)]);
      return ended.map(({ id }) => id);
    },
    async leasesAfter(last, settledMs, max) {
      const [tenant, task] = [last?.tenantId ?? firstId, last?.taskId ?? firstId];
      const rows = await dataPath.query(statements['look-at-leases'], [tenant, task, settledMs, max]);
      return rows.map(({ tenant_id: tenantId, id: taskId, ...row }) => ({ tenantId, taskId, ...row }));
    },
  };
}
