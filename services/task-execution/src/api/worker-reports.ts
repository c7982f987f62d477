import { completion, failureReport, type Outcome, progressReport } from '@taskflow/contracts-worker-protocol';
import { type JsonRefusal, jsonRefusalOf } from '@taskflow/kit-json';
import type { AttemptReport, ProgressReport } from '../application/ledger/ledger-command.ts';
import type { ReportStatus } from '../application/ports/ledger-result.ts';
import type { WorkerSession } from '../domain/worker-session.ts';
import { maxMendable, sanitizeError, sanitizeJson, type TaskError } from '../domain/task-error.ts';

/**
 * Reads what workers report, item by item, so that one that cannot be read never costs its neighbours. Where it at
 * least names its attempt, the attempt fails for good and by name: a report that is refused would leave its task
 * running until a timeout, and be sent again. What names no attempt is given back as `unreadable`.
 */
export interface ReadItems<Report> {
  readonly reports: Report[];
  /** Indexes of items that name no attempt. */
  readonly unreadable: number[];
}
export type ReadReports = ReadItems<AttemptReport>;

/** The items that a worker reports in one message: `refused` says which the strict reader does not take, by index. */
export interface ReportedItems {
  readonly items: readonly unknown[];
  readonly refused: ReadonlyMap<number, JsonRefusal>;
}

export function readCompletions(reported: ReportedItems, tenantId: string): ReadReports {
  return readItems(reported, (item, refusal) => {
    const parsed = refusal ? undefined : completion.safeParse(item);
    if (!parsed?.success) return failedByName(item, refusal, tenantId);
    const { lease, taskId, result, skipped } = parsed.data;
    const attempt = { tenantId, taskId, lease, outcome: 'completed' } as const;
    return skipped ? { ...attempt, result: 'null', skipped } : { ...attempt, result: JSON.stringify(result) ?? 'null' };
  });
}

export function readFailures(reported: ReportedItems, tenantId: string): ReadReports {
  return readItems(reported, (item, refusal) => {
    const parsed = failureReport.safeParse(refusal ? withFitDetails(item, refusal) : item);
    if (!parsed.success) return failedByName(item, refusal, tenantId);
    const { lease, taskId, error, class: kind, retryAfterMs } = parsed.data;
    return { tenantId, taskId, lease, outcome: 'failed', error: sanitizeError(error), class: kind, retryAfterMs };
  });
}

/** Progress that cannot be read is left out, as progress may be. */
export function readProgress(reported: ReportedItems, tenantId: string): ReadItems<ProgressReport> {
  return readItems(reported, (item, refusal) => {
    const parsed = refusal ? undefined : progressReport.safeParse(item);
    return parsed?.success ? { ...parsed.data, tenantId } : undefined;
  });
}

function readItems<Report>(
  { items, refused }: ReportedItems,
  read: (item: unknown, refusal: JsonRefusal | undefined) => Report | undefined,
): ReadItems<Report> {
  const reports: Report[] = [];
  const unreadable: number[] = [];
  items.forEach((item, index) => {
    const report = read(item, refused.get(index));
    if (report) reports.push(report);
    else unreadable.push(index);
  });
  return { reports, unreadable };
}

/**
 * A failure is a failure, however its error is written: its texts are mended where they are stored, and details that
 * cannot be kept are left out and say so.
 */
function withFitDetails(item: unknown, { code }: JsonRefusal): unknown {
  const { error } = (item ?? {}) as { error?: { details?: unknown } };
  if (typeof error !== 'object' || error === null) return undefined;
  const details = code === 'invalid_string' ? mended(error.details) : undefined;
  return { ...(item as object), error: { ...error, details: details ?? { refused: code } } };
}

function mended(details: unknown): unknown {
  try {
    const written = JSON.stringify(details) ?? '';
    if (written.length > maxMendable) return undefined;
    const text = sanitizeJson(written);
    return jsonRefusalOf(text) ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const attemptName = completion.pick({ lease: true, taskId: true }).loose();

function failedByName(item: unknown, refusal: JsonRefusal | undefined, tenantId: string): AttemptReport | undefined {
  const named = attemptName.safeParse(item);
  if (!named.success) return undefined;
  const { lease, taskId } = named.data;
  return { tenantId, taskId, lease, outcome: 'failed', class: 'terminal', error: errorOf(refusal) };
}

function errorOf(refusal: JsonRefusal | undefined): TaskError {
  const place = refusal && /#\/items\/\d+\/(result.*)/.exec(refusal.pointer)?.[1];
  if (!refusal || place === undefined) {
    const message = 'The worker reported the end of this attempt in a form that cannot be read.';
    return { code: 'invalid_report', message };
  }
  const message = `The result cannot be kept: ${refusal.detail} It stands at #/${place}.`;
  return { code: 'result_refused', message, details: { refused: refusal.code, pointer: `#/${place}` } };
}

/** With the bytes of the work that each is about, as far as its session knows them. */
export function weighed(
  reports: readonly AttemptReport[],
  session: Pick<WorkerSession, 'bytesUnder'> | undefined,
): AttemptReport[] {
  return reports.map((report) => ({ ...report, held: session?.bytesUnder(report.lease) }));
}

export function outcomesOf(reports: readonly AttemptReport[], statuses: readonly ReportStatus[]): Outcome[] {
  return reports.map(({ lease }, index) => ({ lease, outcome: statuses[index] ?? 'superseded' }));
}

export function supersededIn(outcomes: readonly Outcome[]): string[] {
  return outcomes.filter(({ outcome }) => outcome === 'superseded').map(({ lease }) => lease);
}
