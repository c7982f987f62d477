import type { Cause } from '../../../domain/attempt-ending.ts';
import { completionProblem, needsProof } from '../../../domain/completion.ts';
import { errorBytes } from '../../../domain/task-error.ts';
import { type LeasedWork, optionsOf } from '../../../domain/work.ts';
import type { CommandBatch, Item } from '../command-batch.ts';
import { type CommandKind, halvesOf, sumOf } from '../command-kind.ts';
import { attemptTimeoutCode } from './expire-work.ts';
import type { AttemptReport } from '../ledger-command.ts';
import type { DecisionContext } from '../decision.ts';
import { itemStatement, type LedgerStatement } from '../ledger-statement.ts';
import { type AttemptEnd, attemptOver, endedWithoutResult } from '../next-attempts.ts';

type Completion = AttemptReport & { readonly outcome: 'completed' };
type Failure = AttemptReport & { readonly outcome: 'failed' };

const reportsOf = (batch: CommandBatch) => batch.items('settle', ({ reports }) => reports);

/** Settled by its lease alone: only a completion with what not every task may have costs a look at its row. */
function isPlain(item: Item<AttemptReport>): item is Item<Completion> {
  return item.value.outcome === 'completed' && !needsProof(item.value);
}

const finish: LedgerStatement = itemStatement({
  name: 'finish-attempts',
  emits: true,
  items: (batch) => reportsOf(batch).filter(isPlain),
  send: (tx, reports) => tx.finishAttempts(reports),
  decide(row, { tenantId, taskId, lease, result }, { events, now }) {
    const work = { ...row, tenantId, taskId };
    const started = row.announced ? [] : events.started(work, row.session);
    const { session, queue, type } = row;
    return {
      events: [...started, events.completed(work, result)],
      ended: { lease, session, tenantId, queue, type, outcome: 'completed', ranMs: now - row.claimedAt },
    };
  },
});

/** Failures, and completions that their tasks may not be allowed: their rows are taken whole, and tell. */
const take: LedgerStatement = itemStatement({
  name: 'take-attempts',
  emits: true,
  items: (batch) => reportsOf(batch).filter((item) => !isPlain(item)),
  send: (tx, reports) => tx.takeAttempts(reports),
  decide: (row, report, context) =>
    attemptOver(row, context, () =>
      report.outcome === 'completed'
        ? completed(row, report, context)
        : endedWithoutResult(row, causeOf(report), report.error, context),
    ),
});

/** A completion that not every task may make. Refused, it fails its attempt by name: its worker has ended it. */
function completed(row: LeasedWork, report: Completion, context: DecisionContext): AttemptEnd {
  const problem = completionProblem(report, optionsOf(row.options));
  if (problem) return endedWithoutResult(row, { kind: 'terminal' }, problem, context);
  const { events } = context;
  const started = row.announced ? [] : events.started(row, row.session);
  return report.skipped
    ? { outcome: 'skipped', events: [...started, events.skipped(row)] }
    : { outcome: 'completed', events: [...started, events.completed(row, report.result)] };
}

/** A worker that gave up on a handler at the attempt's limit knows no more of how far it came than the service does. */
function causeOf({ class: kind, error, retryAfterMs }: Failure): Cause {
  if (kind !== 'retryable') return { kind };
  return error.code === attemptTimeoutCode ? { kind: 'timed-out' } : { kind, retryAfterMs };
}

/** Bytes that a report moves: what it says, and the work whose row is taken whole for it. */
export function bytesOf(report: AttemptReport): number {
  const { held = 0 } = report;
  if (report.outcome === 'failed') return errorBytes(report.error) + held;
  return report.result.length + (needsProof(report) ? held : 0);
}

/** Settles what workers say about the end of attempts. */
export const settleReports: CommandKind<'settle'> = {
  weigh: ({ reports }) => ({ rows: reports.length, bytes: sumOf(reports, bytesOf) }),
  halves: ({ reports }) => halvesOf(reports, (half) => ({ kind: 'settle', reports: half })),
  statements: [finish, take],
};
