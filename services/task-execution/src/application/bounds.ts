/**
 * What one step of this service does at most; the rest goes on in the next step, so that others' work comes between. No
 * operator needs to change them. Tests make them small enough to be crossed in every run.
 */
export interface ExecutionBounds {
  /** Rows that one statement of a sweep moves, and their bytes: some tens of milliseconds. */
  readonly sweepRows: number;
  readonly sweepBytes: number;
  /** Sessions that one transaction ends. */
  readonly sessionsPerLapse: number;
  /** Leases that one look compares with the sessions. */
  readonly leasesPerLook: number;
  /** Lanes that one slice of a survey finds, each by an index probe of its own. */
  readonly lanesPerSlice: number;
  /** Index probes of one search for the lanes of a worker that joined. */
  readonly probesPerSearch: number;
  /** Lanes without a worker that are remembered to be shown. */
  readonly unservedLanes: number;
  /** Characters of the names by which one worker says what it can do, and those of all workers. */
  readonly registrationNames: number;
  readonly sessionNames: number;
  /** Workers that one process serves, and those that register at the same time. */
  readonly sessions: number;
  readonly registering: number;
  /** Hand-overs of one claim, and their bytes: large enough to be cheap per task, small enough to leave soon. */
  readonly claimRows: number;
  readonly claimBytes: number;
  /** Lanes that one claim looks into; the others come first in the next one. */
  readonly lanesPerClaim: number;
}

export const executionBounds: ExecutionBounds = {
  sweepRows: 500,
  sweepBytes: 2 * 1024 * 1024,
  sessionsPerLapse: 200,
  leasesPerLook: 2_000,
  lanesPerSlice: 1_000,
  probesPerSearch: 10_000,
  unservedLanes: 10_000,
  registrationNames: 256 * 1024,
  sessionNames: 64 * 1024 * 1024,
  sessions: 20_000,
  registering: 200,
  claimRows: 500,
  claimBytes: 2 * 1024 * 1024,
  lanesPerClaim: 200,
};
