import { repeatConflicts } from '@taskflow/kit-postgres';
import type { Clock, Random } from '@taskflow/kit-time';
import type { QueueStore } from '../ports/queue-store.ts';

/**
 * Each rejects with `UnavailableError` when it lost against other transactions time and again; nothing is changed then.
 */
export interface QueueChanges {
  /** Nothing more is dispatched; what runs goes on to its end. */
  pause(tenantId: string, name: string): Promise<void>;
  resume(tenantId: string, name: string): Promise<void>;
  /** Most tasks of the queue that run at once; null takes the limit away. */
  limit(tenantId: string, name: string, concurrency: number | null): Promise<void>;
}

export interface ChangeQueueDependencies {
  readonly store: QueueStore;
  readonly refresh: { wake(): void };
  readonly clock: Clock;
  readonly random: Random;
}

/** A change holds from the next dispatch on, in every process. */
export function createChangeQueue({ store, refresh, clock, random }: ChangeQueueDependencies): QueueChanges {
  async function change(work: () => Promise<void>): Promise<void> {
    await repeatConflicts(work, { name: 'the change of a queue', clock, random });
    refresh.wake();
  }
  return {
    pause: (tenantId, name) => change(() => store.setPaused(tenantId, name, true)),
    resume: (tenantId, name) => change(() => store.setPaused(tenantId, name, false)),
    limit: (tenantId, name, concurrency) => change(() => store.setConcurrency(tenantId, name, concurrency)),
  };
}
