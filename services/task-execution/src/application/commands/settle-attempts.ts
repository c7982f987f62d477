import { maxResult, resultTooLarge, usualResult } from '../../domain/completion.ts';
import { bytesOf } from '../ledger/kinds/settle-reports.ts';
import type { AttemptReport } from '../ledger/ledger-command.ts';
import { slicesOf } from '../../domain/slices.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ReportStatus } from '../ports/ledger-result.ts';

/**
 * Ends attempts as their worker reports it. Gives a status per report once that is on disk: `superseded` when the
 * lease was no longer in force, which changes nothing and is no error.
 */
export function createSettleAttempts(deps: { ledger: Ledger; bounds: ExecutionBounds }) {
  const max = { rows: deps.bounds.ledgerRows, bytes: deps.bounds.ledgerBytes };
  return async (reports: readonly AttemptReport[]): Promise<readonly ReportStatus[]> => {
    const slices = slicesOf(reports.map(measured), bytesOf, max);
    const outcomes = await Promise.all(slices.map((slice) => deps.ledger.submit({ kind: 'settle', reports: slice })));
    return outcomes.flatMap(({ statuses }) => statuses);
  };
}
export type SettleAttempts = ReturnType<typeof createSettleAttempts>;

/** Tells the ledger the size of an unusually large result; what no task may give fails its attempt here, by name. */
function measured(report: AttemptReport): AttemptReport {
  if (report.outcome !== 'completed') return report;
  // No character takes more than three bytes, so short texts need no counting.
  if (report.result.length * 3 <= usualResult) return report;
  const bytes = Buffer.byteLength(report.result);
  if (bytes <= usualResult) return report;
  if (bytes <= maxResult) return { ...report, bytes };
  const { tenantId, taskId, lease, held } = report;
  const error = resultTooLarge(bytes, maxResult);
  return { tenantId, taskId, lease, held, outcome: 'failed', class: 'terminal', error };
}
