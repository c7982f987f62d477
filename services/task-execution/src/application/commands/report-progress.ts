import { createLoop, type Loop, type LoopDependencies } from '@taskflow/kit-resilience';
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

export interface ProgressDependencies extends LoopDependencies {
  readonly ledger: Ledger;
  readonly bounds: ExecutionBounds;
}

/**
 * Publishes the latest progress of each running task, batched. What comes in between is left out, and so is that of
 * more tasks than are kept.
 */
export function createProgressReporting(deps: ProgressDependencies): ProgressReporting {
  const { progressKept: maxKept, progressPerBatch: maxPerBatch } = deps.bounds;
  let latest = new Map<string, ProgressReport>();

  async function run(): Promise<number> {
    const reports = [...latest.values()];
    latest = new Map();
    for (let from = 0; from < reports.length; from += maxPerBatch) {
      await deps.ledger.submit({ kind: 'progress', reports: reports.slice(from, from + maxPerBatch) });
    }
    return reports.length;
  }

  return {
    loop: createLoop({ name: 'progress', intervalMs, deadlineMs: 10_000, run }, deps),
    report(reports) {
      for (const report of reports) {
        if (latest.size < maxKept || latest.has(report.lease)) latest.set(report.lease, report);
      }
    },
  };
}
