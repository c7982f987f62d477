import type { TaskExecutionDependencies } from '@taskflow/task-execution';
import type { TaskManagementDependencies } from '@taskflow/task-management';

/** How much one step of each service does at most. */
export interface Bounds {
  readonly management: NonNullable<TaskManagementDependencies['bounds']>;
  readonly execution: NonNullable<TaskExecutionDependencies['bounds']>;
  /** Workflows below one root. */
  readonly descendants: number;
  /** Of what the bus keeps in memory. */
  readonly bus: { readonly maxEvents: number; readonly maxBytes: number };
  readonly entries: { readonly entryBytes: number; readonly readBytes: number };
}

/** So small that turns, sweeps, surveys, entries and queues of a few tasks cross them again and again. */
export const tightBounds: Bounds = {
  management: {
    rows: 2,
    bytes: 2_000,
    readBytes: 1_000,
    joinedItems: 2,
    joinedBytes: 1_000,
    eventWaits: 1,
    passes: 2,
  },
  execution: {
    sweepRows: 2,
    sessionsPerExpiry: 1,
    leasesPerLook: 2,
    partitionsPerSlice: 1,
    probesPerSearch: 2,
    claimRows: 1,
    partitionsPerClaim: 1,
  },
  descendants: 8,
  bus: { maxEvents: 3, maxBytes: 4_000 },
  entries: { entryBytes: 4_000, readBytes: 8_000 },
};
