import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { ExecutionBounds } from '../bounds.ts';
import type { ProgressReport } from '../ledger/ledger-command.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** At most four words of progress per task and second. */
const intervalMs = 250;

export interface ProgressReporting {
  readonly loop: Loop;
  /** Keeps the latest of each task. */
  report(reports: readonly ProgressReport[]): void;
}

/**
 * Publishes the latest progress of each running task, batched. What comes in between is left out, and so is that of more
 * tasks than are kept.
 */
export function createProgressReporting(deps: {
  ledger: Ledger;
  clock: Clock;
  log: Log;
  bounds: ExecutionBounds;
}): ProgressReporting {
  const { progressKept: mostKept, progressPerBatch: mostPerBatch } = deps.bounds;
  let latest = new Map<string, ProgressReport>();
  const loop = createLoop({
    name: 'progress',
    intervalMs,
    clock: deps.clock,
    log: deps.log,
    deadlineMs: 10_000,
    async run() {
      if (latest.size === 0) return;
      const reports = [...latest.values()];
      latest = new Map();
      for (let from = 0; from < reports.length; from += mostPerBatch) {
        await deps.ledger.submit({ kind: 'progress', reports: reports.slice(from, from + mostPerBatch) });
      }
    },
  });
  return {
    loop,
    report(reports) {
      for (const report of reports) {
        if (latest.size < mostKept || latest.has(report.lease)) latest.set(report.lease, report);
      }
    },
  };
}
