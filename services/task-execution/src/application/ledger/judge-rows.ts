import type { Cause } from '../../domain/attempt-ending.ts';
import { completionProblem } from '../../domain/completion.ts';
import type { ExecutionState } from '../../domain/execution-state.ts';
import { sanitizeError, type TaskError } from '../../domain/task-error.ts';
import { type LeasedWork, optionsOf } from '../../domain/work.ts';
import type { ExecutionEvents } from '../events/execution-events.ts';
import type { FollowUps } from './attempt-follow-up.ts';
import type { AttemptReport, LedgerCommand, LedgerOutcome, Verdict } from './ledger-command.ts';
import type { LedgerPlan, ReportPlace } from './ledger-plan.ts';
import type { TakenRows } from './take-rows.ts';

/** An attempt that is over, for those who act on it after the commit. */
export interface EndedLease {
  readonly lease: string;
  readonly session: string;
  readonly tenantId: string;
  readonly queue: string;
  readonly type: string;
  readonly outcome: 'completed' | 'skipped' | 'failed' | 'retried' | 'released' | 'cancelled';
  /** Why the worker must be told; absent when the worker ended it itself. */
  readonly takenBack?: 'cancelled' | 'timed-out' | 'session-lost';
  /** Milliseconds from hand-over to the end; undefined when it was cancelled. */
  readonly ranMs?: number;
}

export interface Judgement {
  readonly outcomes: readonly LedgerOutcome[];
  readonly ended: readonly EndedLease[];
}

/** Decides what follows from the rows that were taken, and publishes it: the one place that turns rows into events. */
export function judgeRows(
  batch: readonly LedgerCommand[],
  plan: LedgerPlan,
  taken: TakenRows,
  events: ExecutionEvents,
  followUps: FollowUps,
): Judgement {
  const outcomes = batch.map((command) => emptyOutcome(command));
  const ended: EndedLease[] = [];
  judgeCompletions(plan, taken, events, outcomes, ended);
  judgeExamined(plan, taken, events, followUps, outcomes, ended);
  judgeTakenBack(taken, followUps, ended);
  judgeCancels(plan, taken, events, ended);
  judgeGivenUp(plan, taken, events, ended);
  for (const row of [...taken.expiredWaiting, ...taken.expiredDelayed]) {
    followUps.guarded(row, () => {
      followUps.expired(row);
      return 'failed';
    });
  }
  for (const session of taken.lapsed) events.workerLost(session, plan.lapsing.get(session.id) ?? 0);
  announce(plan, taken, events);
  batch.forEach((command, index) => {
    const outcome = outcomes[index];
    if (outcome) outcome.moved += movedBy(command, taken);
  });
  return { outcomes, ended };
}

type Completion = AttemptReport & { readonly outcome: 'completed' };
type Failed = AttemptReport & { readonly outcome: 'failed' };

/** Of the error of an attempt that ran longer than it may, whoever ended it. */
const timeoutCode = 'attempt_timeout';

interface OpenOutcome extends LedgerOutcome {
  readonly verdicts: Verdict[];
  moved: number;
}

function emptyOutcome(command: LedgerCommand): OpenOutcome {
  const verdicts: Verdict[] = command.kind === 'settle' ? command.reports.map(() => 'superseded') : [];
  return { verdicts, moved: 0 };
}

function accept(outcomes: readonly OpenOutcome[], place: ReportPlace | undefined): void {
  const outcome = place && outcomes[place.command];
  if (!place || !outcome) return;
  outcome.verdicts[place.item] = 'accepted';
  outcome.moved += 1;
}

function judgeCompletions(
  plan: LedgerPlan,
  taken: TakenRows,
  events: ExecutionEvents,
  outcomes: readonly OpenOutcome[],
  ended: EndedLease[],
): void {
  for (const row of taken.completed) {
    const report = plan.completions[row.n];
    if (!report) continue;
    accept(outcomes, plan.completionPlaces[row.n]);
    const { tenantId, taskId, lease } = report;
    const work = { ...row, tenantId, taskId };
    if (!row.announced) events.started(work, row.session);
    events.completed(work, report.result);
    const { session, queue, type } = row;
    ended.push({ lease, session, tenantId, queue, type, outcome: 'completed', ranMs: taken.now - row.claimedAt });
  }
}

function judgeExamined(
  plan: LedgerPlan,
  taken: TakenRows,
  events: ExecutionEvents,
  followUps: FollowUps,
  outcomes: readonly OpenOutcome[],
  ended: EndedLease[],
): void {
  for (const row of taken.examined) {
    const report = plan.examined[row.n];
    if (!report) continue;
    accept(outcomes, plan.examinedPlaces[row.n]);
    const outcome = followUps.guarded(row, () =>
      report.outcome === 'completed'
        ? judgeClaims(row, report, events, followUps)
        : judgeFailure(row, report, followUps),
    );
    ended.push(endedLease(row, taken.now, outcome));
  }
}

/** A completion that not every task may make. Refused, it fails its attempt by name: its worker has ended it. */
function judgeClaims(
  row: LeasedWork,
  report: Completion,
  events: ExecutionEvents,
  followUps: FollowUps,
): EndedLease['outcome'] {
  const problem = completionProblem(report, optionsOf(row.options));
  if (problem) return outcomeOf(followUps.attemptEnded(row, { kind: 'terminal' }, problem));
  if (!row.announced) events.started(row, row.session);
  if (report.skipped) events.skipped(row);
  else events.completed(row, report.result);
  return report.skipped ? 'skipped' : 'completed';
}

function judgeFailure(row: LeasedWork, report: Failed, followUps: FollowUps): EndedLease['outcome'] {
  const state = followUps.attemptEnded(row, causeOf(report), report.error);
  return report.class === 'released' && state !== 'failed' ? 'released' : outcomeOf(state);
}

/** A worker that gave up on a handler at the attempt's limit knows no more of how far it came than the service does. */
function causeOf({ class: kind, error, retryAfterMs }: Failed): Cause {
  if (kind !== 'retryable') return { kind };
  return error.code === timeoutCode ? { kind: 'timed-out' } : { kind, retryAfterMs };
}

/** Attempts that ended without a word of their worker. */
function judgeTakenBack(taken: TakenRows, followUps: FollowUps, ended: EndedLease[]): void {
  for (const row of taken.lost) {
    const outcome = followUps.guarded(row, () =>
      outcomeOf(followUps.attemptEnded(row, { kind: 'lost' }, workerLost(row))),
    );
    ended.push({ ...endedLease(row, taken.now, outcome), takenBack: 'session-lost' });
  }
  for (const row of taken.overdue) {
    const outcome = followUps.guarded(row, () =>
      outcomeOf(followUps.attemptEnded(row, { kind: 'timed-out' }, attemptTimeout(row))),
    );
    ended.push({ ...endedLease(row, taken.now, outcome), takenBack: 'timed-out' });
  }
}

function judgeCancels(plan: LedgerPlan, taken: TakenRows, events: ExecutionEvents, ended: EndedLease[]): void {
  for (const row of taken.cancelled) {
    const task = plan.changes.cancels[row.n];
    if (!task) continue;
    events.cancelled({ ...row, ...task }, row.attempts, row.unheard);
    if (!row.held) continue;
    const { queue, type } = row;
    ended.push({ ...row.held, tenantId: task.tenantId, queue, type, outcome: 'cancelled', takenBack: 'cancelled' });
  }
  for (const work of plan.changes.cancelledOnArrival) events.cancelled(work, 0, false);
  for (const work of plan.changes.refused) {
    events.failed(work, { attempt: 0, reason: 'terminal', error: sanitizeError(work.error), unheard: false });
  }
}

/** Its own values may be what is at fault, so that its end says only what cannot be. */
function judgeGivenUp(plan: LedgerPlan, taken: TakenRows, events: ExecutionEvents, ended: EndedLease[]): void {
  // A task that stands in two places, which is a fault by itself, ends once.
  const rows = new Map(taken.givenUp.map((row) => [row.n, row]));
  for (const { n, held, queue, type, attempts } of rows.values()) {
    const task = plan.givenUp[n];
    if (!task) continue;
    const failure = { attempt: attempts, reason: 'terminal', error: task.error, unheard: true };
    events.failed({ ...task, queue, type, options: null }, failure);
    if (held) ended.push({ ...held, tenantId: task.tenantId, queue, type, outcome: 'failed', takenBack: 'cancelled' });
  }
}

function announce(plan: LedgerPlan, taken: TakenRows, events: ExecutionEvents): void {
  for (const row of taken.announced) {
    const lease = plan.announcements[row.n];
    if (lease) events.started({ ...row, tenantId: lease.tenantId, taskId: lease.taskId }, row.session);
  }
  for (const row of taken.proven) {
    const report = plan.progress[row.n];
    if (!report) continue;
    const { tenantId, taskId, fraction, message } = report;
    const subject = { tenantId, taskId, generation: row.generation, queue: '', type: '', options: row.options };
    events.progressed(subject, { attempt: row.attempt, fraction, ...(message !== undefined && { message }) });
  }
}

function movedBy(command: LedgerCommand, taken: TakenRows): number {
  if (command.kind === 'stage') return taken.staged.length;
  if (command.kind === 'rescue') return taken.lost.length;
  if (command.kind === 'lapse') return taken.lapsed.length;
  if (command.kind === 'give-up') return taken.givenUp.length;
  if (command.kind !== 'expire') return 0;
  if (command.what === 'overdue') return taken.overdue.length;
  return command.what === 'waiting' ? taken.expiredWaiting.length : taken.expiredDelayed.length;
}

function endedLease(row: LeasedWork, now: number, outcome: EndedLease['outcome']): EndedLease {
  const { lease, session, tenantId, queue, type, claimedAt } = row;
  return { lease, session, tenantId, queue, type, outcome, ranMs: now - claimedAt };
}

function outcomeOf(state: ExecutionState | 'refused'): 'failed' | 'retried' {
  return state === 'failed' ? 'failed' : 'retried';
}

function workerLost({ attempt }: LeasedWork): TaskError {
  return {
    code: 'worker_lost',
    message: `The worker that ran attempt ${attempt} gave no sign of life for a whole lease.`,
  };
}

function attemptTimeout({ attempt, attemptMs }: LeasedWork): TaskError {
  const limit = attemptMs === null ? 'its limit' : `its limit of ${attemptMs} ms`;
  return { code: timeoutCode, message: `Attempt ${attempt} ran longer than ${limit}.` };
}
