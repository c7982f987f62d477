import { completion, failureReport } from '@taskflow/contracts-worker-protocol';
import type { AttemptReport } from '../application/ledger/ledger-command.ts';
import { sanitizeJson } from '../domain/task-error.ts';

/**
 * Reads what workers report, item by item, so that one that cannot be read never costs its neighbours. Where it at
 * least names its attempt, the attempt fails for good with `invalid_report`: a report that is refused would leave its
 * task running until a timeout, and be sent again. What names no attempt is given back as `unreadable`.
 */
export interface ReadReports {
  readonly reports: AttemptReport[];
  /** Indexes of items that name no attempt. */
  readonly unreadable: number[];
}

export function readCompletions(items: readonly unknown[], tenantId: string): ReadReports {
  return readItems(
    items,
    (item) => {
      const parsed = completion.safeParse(item);
      if (!parsed.success) return undefined;
      const { lease, taskId, result, skipped } = parsed.data;
      const attempt = { tenantId, taskId, lease, outcome: 'completed' } as const;
      return skipped ? { ...attempt, result: 'null', skipped } : { ...attempt, result: resultText(result) };
    },
    tenantId,
  );
}

export function readFailures(items: readonly unknown[], tenantId: string): ReadReports {
  return readItems(
    items,
    (item) => {
      const parsed = failureReport.safeParse(item);
      if (!parsed.success) return undefined;
      const { lease, taskId, error, class: kind, retryAfterMs } = parsed.data;
      return { tenantId, taskId, lease, outcome: 'failed', error, class: kind, retryAfterMs };
    },
    tenantId,
  );
}

/** Too deep a nesting overflows the printer's stack; the caller makes a failure of it. */
function resultText(result: unknown): string {
  return sanitizeJson(JSON.stringify(result) ?? 'null');
}

function readItems(
  items: readonly unknown[],
  read: (item: unknown) => AttemptReport | undefined,
  tenantId: string,
): ReadReports {
  const reports: AttemptReport[] = [];
  const unreadable: number[] = [];
  items.forEach((item, index) => {
    const report = orUndefined(() => read(item)) ?? invalidReport(item, tenantId);
    if (!report) {
      unreadable.push(index);
      return;
    }
    reports.push(report);
  });
  return { reports, unreadable };
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const attemptName = completion.pick({ lease: true, taskId: true }).loose();

function invalidReport(item: unknown, tenantId: string): AttemptReport | undefined {
  const named = attemptName.safeParse(item);
  if (!named.success) return undefined;
  const { lease, taskId } = named.data;
  const error = {
    code: 'invalid_report',
    message: 'The worker reported the end of this attempt in a form that cannot be read.',
  };
  return { tenantId, taskId, lease, outcome: 'failed', class: 'terminal', error };
}
