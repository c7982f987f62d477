import type { QueueStore } from '../ports/queue-store.ts';

export interface QueueChanges {
  /** Nothing more is handed over; what runs goes on to its end. */
  pause(tenantId: string, name: string): Promise<void>;
  resume(tenantId: string, name: string): Promise<void>;
  /** Most tasks of the queue that run at once; null takes the limit away. */
  limit(tenantId: string, name: string, concurrency: number | null): Promise<void>;
}

/** A change holds from the next hand-over on, in every process. */
export function createChangeQueue(deps: { store: QueueStore; survey: { wake(): void } }): QueueChanges {
  const { store, survey } = deps;
  return {
    async pause(tenantId, name) {
      await store.setPaused(tenantId, name, true);
      survey.wake();
    },
    async resume(tenantId, name) {
      await store.setPaused(tenantId, name, false);
      survey.wake();
    },
    async limit(tenantId, name, concurrency) {
      await store.setConcurrency(tenantId, name, concurrency);
      survey.wake();
    },
  };
}
