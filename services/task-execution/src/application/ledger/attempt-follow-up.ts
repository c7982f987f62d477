import type { Ids, Random } from '@taskflow/kit-time';
import { type Cause, decideEnding, eventOf, isUnheard } from '../../domain/attempt-ending.ts';
import { type ExecutionState, stateAfter } from '../../domain/execution-state.ts';
import { errorFingerprint, type TaskError } from '../../domain/task-error.ts';
import type { LeasedWork, RankedWork } from '../../domain/work.ts';
import type { ExecutionEvents, Failure } from '../events/execution-events.ts';
import type { DeadLetter } from '../ports/ledger-store.ts';

/** Rows that follow from ended attempts, collected over a transaction. */
export class FollowUps {
  readonly again: RankedWork[] = [];
  readonly later: (RankedWork & { readonly dueAt: number })[] = [];
  readonly buried: DeadLetter[] = [];
  private readonly events: ExecutionEvents;
  private readonly now: number;
  private readonly ids: Ids;
  private readonly random: Random;

  constructor(events: ExecutionEvents, now: number, deps: { ids: Ids; random: Random }) {
    this.events = events;
    this.now = now;
    this.ids = deps.ids;
    this.random = deps.random;
  }

  /** The attempt ended without a result: decides what follows, publishes it, and gives where the execution stands. */
  attemptEnded(work: LeasedWork, cause: Cause, error: TaskError): ExecutionState | 'refused' {
    const ending = decideEnding(work, cause, this.now, this.random.next());
    if (cause.kind !== 'released' || ending.kind === 'fail') {
      if (!work.announced) this.events.started(work, work.session);
    } else if (work.announced) this.events.queued(work, this.now);

    const state = stateAfter('leased', eventOf(ending));
    const unheard = isUnheard(work, cause, error);
    if (ending.kind === 'fail') {
      const last = ending.reason === 'total-timeout' ? totalTimeout(error) : error;
      const { attempt, claimedAt: startedAt } = work;
      this.failForGood(work, { attempt, reason: ending.reason, error: last, unheard, startedAt });
      return state;
    }
    const next = { ...work, attempt: ending.attempt, unheard };
    const dueAt = ending.kind === 'retry' ? ending.dueAt : this.now;
    if (state === 'delayed') this.later.push({ ...next, dueAt });
    else this.again.push(next);
    if (cause.kind !== 'released') this.events.retryScheduled(work, work.attempt, ending.attempt, error, dueAt);
    return state;
  }

  /**
   * Judges one row so that what throws about it ends that row by name, and costs the others of the transaction nothing.
   * All that had been decided of it until then is taken back.
   */
  guarded<O>(work: RankedWork, judge: () => O): O | 'failed' {
    const lists: unknown[][] = [this.events.list, this.again, this.later, this.buried];
    const lengths = lists.map(({ length }) => length);
    try {
      return judge();
    } catch (fault) {
      lists.forEach((list, index) => list.splice(lengths[index] ?? 0));
      const error = { code: 'execution_fault', message: faultText(fault) };
      this.failForGood({ ...work, options: null }, { attempt: work.attempt, reason: 'terminal', error, unheard: true });
      return 'failed';
    }
  }

  /** The total timeout ended work that was in nobody's hands. */
  expired(work: RankedWork): void {
    const { attempt, unheard } = work;
    this.failForGood(work, { attempt: attempt - 1, reason: 'total-timeout', error: totalTimeout(), unheard });
  }

  private failForGood(work: RankedWork, failure: Failure): void {
    const { attempt, reason, error } = failure;
    const fingerprint = errorFingerprint(work.type, error);
    this.events.failed(work, failure);
    this.events.deadLettered(work, { attempt, reason, error, fingerprint });
    const stored = JSON.stringify(error);
    this.buried.push({ id: this.ids.next(), work, attempts: attempt, reason, fingerprint, error: stored });
  }
}

function totalTimeout(last?: TaskError): TaskError {
  const code = 'total_timeout';
  const message = 'The task did not end within its total timeout.';
  return last === undefined ? { code, message } : { code, message, details: { last: { ...last, details: undefined } } };
}

/** What a fault of this service says of itself, for the one whose work it ended. */
export function faultText(fault: unknown): string {
  const text = fault instanceof Error ? `${fault.name}: ${fault.message}` : 'an unknown fault';
  return `The service could not carry this task on: ${text.slice(0, 500)}`;
}
