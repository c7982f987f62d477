import type { Lane } from '../../domain/lane.ts';

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

export interface QueueStore {
  settings(): Promise<QueueSettings[]>;
  setPaused(tenantId: string, name: string, paused: boolean): Promise<void>;
  /** Work that runs already counts towards the new limit. */
  setConcurrency(tenantId: string, name: string, concurrency: number | null): Promise<void>;
  counts(): Promise<QueueCount[]>;
  /** Every lane in which work waits, at most `most`. */
  lanesInUse(most: number): Promise<Lane[]>;
}
