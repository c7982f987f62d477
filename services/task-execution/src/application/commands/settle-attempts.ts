import type { AttemptReport, Verdict } from '../ledger/ledger-command.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Results above this many bytes of JSON are refused: the attempt then fails for good, by name. */
export const largestResult = 256 * 1024;

/**
 * Ends attempts as their worker reports it. Gives a verdict per report once that is on disk: `superseded` when the
 * lease was no longer in force, which changes nothing and is no error.
 */
export function createSettleAttempts(deps: { ledger: Ledger }) {
  return async (reports: readonly AttemptReport[]): Promise<readonly Verdict[]> => {
    const { verdicts } = await deps.ledger.submit({ kind: 'settle', reports: reports.map(withinLimits) });
    return verdicts;
  };
}
export type SettleAttempts = ReturnType<typeof createSettleAttempts>;

function withinLimits(report: AttemptReport): AttemptReport {
  if (report.outcome !== 'completed') return report;
  // No character takes more than three bytes, so short texts need no counting.
  if (report.result.length * 3 <= largestResult) return report;
  const bytes = Buffer.byteLength(report.result);
  if (bytes <= largestResult) return report;
  const { tenantId, taskId, lease } = report;
  const error = {
    code: 'result_too_large',
    message: `The result has ${bytes} bytes of JSON; at most ${largestResult} are kept. Store it elsewhere and return a reference.`,
  };
  return { tenantId, taskId, lease, outcome: 'failed', class: 'terminal', error };
}
