import type { DueWait } from './advance-store.ts';

/** When waits are over, by the time of the database. */
export interface WaitStore {
  /** The earliest first. */
  readDueWaits(limit: number): Promise<readonly DueWait[]>;
  /** Milliseconds until the next one is due; `undefined` when none is. */
  nextWaitInMs(): Promise<number | undefined>;
}
