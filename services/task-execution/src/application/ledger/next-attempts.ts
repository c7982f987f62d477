import type { EventRecord } from '@taskflow/kit-messaging';
import { type Cause, decideEnding, eventOf, isOutcomeUnknown } from '../../domain/attempt-ending.ts';
import { type ExecutionState, stateAfter } from '../../domain/execution-state.ts';
import { errorFingerprint, type TaskError } from '../../domain/task-error.ts';
import type { LeasedWork, RankedWork } from '../../domain/work.ts';
import type { Failure } from '../events/execution-events.ts';
import type { EndedLease } from '../ports/ledger-result.ts';
import type { Decision, DecisionContext, NextAttempt, NextRows } from './decision.ts';

/** Rows that a transaction writes for what follows from ended attempts. */
export type NextAttempts = { readonly [K in keyof NextRows]: readonly NextRows[K][] };

export function nextAttempts(all: readonly NextAttempt[]): NextAttempts {
  const rowsOf = <K extends keyof NextRows>(kind: K) =>
    all.flatMap((one): NextRows[K][] => (one.kind === kind ? [one.row as NextRows[K]] : []));
  return { requeue: rowsOf('requeue'), delay: rowsOf('delay'), 'dead-letter': rowsOf('dead-letter') };
}

/** The consequences of the end of work or of one attempt of it. */
export interface Following {
  readonly events: readonly EventRecord[];
  readonly next?: NextAttempt;
}

/** With how the attempt ended. */
export interface AttemptEnd extends Following {
  readonly outcome: EndedLease['outcome'];
}

/** The attempt ended without a result: decides what follows from the task's own policy. */
export function endedWithoutResult(
  work: LeasedWork,
  cause: Cause,
  error: TaskError,
  context: DecisionContext,
): AttemptEnd {
  const { now, events } = context;
  const ending = decideEnding(work, cause, now, context.chance());
  const state = stateAfter('leased', eventOf(ending));
  const outcome = outcomeOf(state, cause);
  const outcomeUnknown = isOutcomeUnknown(work, cause, error);
  if (ending.kind === 'fail') {
    const last = ending.reason === 'total-timeout' ? totalTimeout(error) : error;
    const { attempt, claimedAt: startedAt } = work;
    const started = work.announced ? [] : events.started(work, work.session);
    const failed = failForGood(
      work,
      { attempt, reason: ending.reason, error: last, outcomeUnknown, startedAt },
      context,
    );
    return { ...failed, outcome, events: [...started, ...failed.events] };
  }
  const dueAt = ending.kind === 'retry' ? ending.dueAt : now;
  const next = nextOf({ ...work, attempt: ending.attempt, outcomeUnknown }, state, dueAt);
  // Handed back, the attempt goes on elsewhere: consumers that heard of its start learn that it waits again.
  if (cause.kind === 'released') return { outcome, next, events: work.announced ? [events.queued(work, now)] : [] };
  const started = work.announced ? [] : events.started(work, work.session);
  const retried = events.retryScheduled(work, work.attempt, ending.attempt, error, dueAt);
  return { outcome, next, events: [...started, retried] };
}

function nextOf(work: RankedWork, state: ExecutionState | 'refused', dueAt: number): NextAttempt {
  return state === 'delayed' ? { kind: 'delay', row: { ...work, dueAt } } : { kind: 'requeue', row: work };
}

function outcomeOf(state: ExecutionState | 'refused', { kind }: Cause): EndedLease['outcome'] {
  if (state === 'failed') return 'failed';
  return kind === 'released' ? 'released' : 'retried';
}

/** The decision about an attempt whose row was taken, by what `decide` says of it. */
export function attemptOver(
  work: LeasedWork,
  context: DecisionContext,
  decide: () => AttemptEnd,
  takenBack?: EndedLease['takenBack'],
): Decision {
  const failing = (failed: Following): AttemptEnd => ({ ...failed, outcome: 'failed' });
  const { outcome, events, next } = guarded(work, context, decide, failing);
  const { lease, session, tenantId, queue, type, claimedAt } = work;
  const ranMs = context.now - claimedAt;
  return { events, next, ended: { lease, session, tenantId, queue, type, outcome, ranMs, takenBack } };
}

/** The total timeout ended work that was in nobody's hands. */
export function totalTimeoutOver(work: RankedWork, context: DecisionContext): Decision {
  const { attempt, outcomeUnknown } = work;
  const failure = { attempt: attempt - 1, reason: 'total-timeout', error: totalTimeout(), outcomeUnknown };
  return guarded(
    work,
    context,
    () => failForGood(work, failure, context),
    (failed) => failed,
  );
}

/** What throws about one row ends that row by name, and costs the others of the transaction nothing. */
function guarded<O>(
  work: RankedWork,
  context: DecisionContext,
  decide: () => O,
  instead: (failed: Required<Following>) => O,
): O {
  try {
    return decide();
  } catch (fault) {
    const error = { code: 'execution_fault', message: faultText(fault) };
    const failure: Failure = { attempt: work.attempt, reason: 'terminal', error, outcomeUnknown: true };
    return instead(failForGood({ ...work, options: null }, failure, context));
  }
}

function failForGood(work: RankedWork, failure: Failure, { events, nextId }: DecisionContext): Required<Following> {
  const { attempt, reason, error } = failure;
  const fingerprint = errorFingerprint(work.type, error);
  const reported = [events.failed(work, failure), events.deadLettered(work, { attempt, reason, error, fingerprint })];
  const letter = { id: nextId(), work, attempts: attempt, reason, fingerprint, error: JSON.stringify(error) };
  return { events: reported, next: { kind: 'dead-letter', row: letter } };
}

function totalTimeout(last?: TaskError): TaskError {
  const code = 'total_timeout';
  const message = 'The task did not end within its total timeout.';
  return last === undefined ? { code, message } : { code, message, details: { last: { ...last, details: undefined } } };
}

/** Words a fault of this service, for the one whose work it ended. */
export function faultText(fault: unknown): string {
  const text = fault instanceof Error ? `${fault.name}: ${fault.message}` : 'an unknown fault';
  return `The service could not carry this task on: ${text.slice(0, 500)}`;
}
