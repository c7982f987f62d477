import type { Partition } from '../../domain/partition.ts';
import type { Capabilities } from '../../domain/worker-session.ts';

export interface QueueSettings {
  readonly tenantId: string;
  readonly name: string;
  readonly paused: boolean;
  /** Most of its tasks that run at once; null: no limit. */
  readonly concurrency: number | null;
}

export interface QueueCount {
  readonly tenantId: string;
  readonly name: string;
  readonly depth: number;
  readonly running: number;
  readonly delayed: number;
  /** Age of the work that waits longest, in milliseconds. */
  readonly oldestMs: number | null;
}

export interface WaitingTypes {
  readonly queue: string;
  readonly types: readonly string[];
}

export interface QueueStore {
  settings(): Promise<QueueSettings[]>;
  setPaused(tenantId: string, name: string, paused: boolean): Promise<void>;
  /** Work that runs already counts towards the new limit. */
  setConcurrency(tenantId: string, name: string, concurrency: number | null): Promise<void>;
  counts(): Promise<QueueCount[]>;
  /** The next `max` partitions in which work waits, in a fixed order behind one, or from the first. */
  partitionsAfter(last: Partition | undefined, max: number): Promise<Partition[]>;
  /** Types that wait in each of the next `max` queues behind one that a worker of these capabilities serves. */
  typesWaitingFor(worker: Capabilities, lastQueue: string, max: number): Promise<WaitingTypes[]>;
}
