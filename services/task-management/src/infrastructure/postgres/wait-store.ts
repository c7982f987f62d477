import type { DueWait } from '../../application/ports/advance-store.ts';
import type { WaitStore } from '../../application/ports/wait-store.ts';
import type { StoreDependencies } from './creation-store.ts';
import { waitKeyOf } from './row-mapping.ts';

export function createWaitStore({
  database,
  statements,
}: Pick<StoreDependencies, 'database' | 'statements'>): WaitStore {
  return {
    readDueWaits: async (limit) =>
      (await database.query(statements['read-due-waits'], [limit])).map(waitKeyOf) as DueWait[],
    nextWaitInMs: async () => {
      const [row] = await database.query(statements['read-next-wait']);
      return row?.in_ms;
    },
  };
}
