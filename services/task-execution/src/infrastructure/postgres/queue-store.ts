import { type Database, textArray } from '@taskflow/kit-postgres';
import type { QueueStore } from '../../application/ports/queue-store.ts';
import { taskExecutionStatements } from './statements.ts';

/** Before every tenant's partitions: no queue has an empty name. */
const firstTenant = '00000000-0000-0000-0000-000000000000';

/** `general` changes and counts; `dataPath` probes indexes only, for what runs every second. */
export function createQueueStore({ general, dataPath }: { general: Database; dataPath: Database }): QueueStore {
  const statements = taskExecutionStatements();
  return {
    async settings() {
      const rows = await general.query(statements['list-queue-settings']);
      return rows.map(({ tenant_id: tenantId, name, paused, concurrency }) => ({
        tenantId,
        name,
        paused,
        concurrency,
      }));
    },
    async setPaused(tenantId, name, paused) {
      await general.query(statements['set-queue-paused'], [tenantId, name, paused]);
    },
    async setConcurrency(tenantId, name, concurrency) {
      await general.transaction(async (tx) => {
        await tx.query(statements['set-queue-concurrency'], [tenantId, name, concurrency]);
        if (concurrency === null) return;
        // The queue's row first, as claims do: in the other order the two could wait for each other.
        await tx.query(statements['hold-running-work']);
        await tx.query(statements['gate-running-work'], [tenantId, name]);
      });
    },
    async counts() {
      const rows = await general.query(statements['count-queues']);
      return rows.map(({ tenant_id: tenantId, name, depth, running, delayed, oldest_ms: oldestMs }) => ({
        tenantId,
        name,
        depth,
        running,
        delayed,
        oldestMs,
      }));
    },
    async partitionsAfter(last, max) {
      const behind = last ?? { tenantId: firstTenant, queue: '', type: '', definition: '' };
      const rows = await dataPath.query(statements['list-partitions-in-use'], [
        behind.tenantId,
        behind.queue,
        behind.type,
        behind.definition,
        max,
      ]);
      return rows.map(({ tenant_id: tenantId, queue, type, definition }) => ({ tenantId, queue, type, definition }));
    },
    typesWaitingFor({ tenantId, queues, types }, lastQueue, max) {
      const named = queues === null ? null : textArray(queues);
      return dataPath.query(statements['find-partitions-of-worker'], [
        tenantId,
        named,
        textArray(types),
        lastQueue,
        max,
      ]);
    },
  };
}
