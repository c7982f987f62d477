import { type ExecutionEventKind, isFinal, type TaskStatus, taskTransitions } from './task-status.ts';

/** A report of task-execution. Texts are JSON, instants are epoch milliseconds. */
export interface ExecutionEvent {
  readonly kind: ExecutionEventKind;
  readonly attempt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly result?: string;
  readonly error?: string;
  readonly progress?: string;
  /** It ended, and nobody knows how much of its work was done. */
  readonly outcomeUnknown?: boolean;
}

/**
 * Adds up the execution events of one generation of one task: one row to write, however many there were. `null` leaves
 * the stored value as it is. The caller owns it; `mergeEvent` changes it in place.
 */
export interface TaskUpdate {
  readonly tenantId: string;
  readonly taskId: string;
  readonly generation: number;
  status: TaskStatus | null;
  attempts: number;
  startedAt: number | null;
  finishedAt: number | null;
  result: string | null;
  error: string | null;
  progress: string | null;
  outcomeUnknown: boolean;
  /** Id of the event that brought the latest status. */
  causationId: string | undefined;
}

export function emptyUpdate(tenantId: string, taskId: string, generation: number): TaskUpdate {
  return {
    tenantId,
    taskId,
    generation,
    status: null,
    attempts: 0,
    startedAt: null,
    finishedAt: null,
    result: null,
    error: null,
    progress: null,
    outcomeUnknown: false,
    causationId: undefined,
  };
}

/**
 * Merges the next event in, by the transition table. An unknown status stands for any live one, which all agree
 * (rule 2 of the table); whether the stored task is live at all is the write's fence.
 */
export function mergeEvent(update: TaskUpdate, event: ExecutionEvent, eventId?: string): void {
  const transition = taskTransitions[update.status ?? 'queued'][event.kind];
  if (transition === 'ignored' || transition === 'refused') return;
  if (event.attempt > update.attempts) update.attempts = event.attempt;
  if (event.kind === 'progressed') {
    update.progress = event.progress ?? null;
    return;
  }
  update.status = transition;
  update.causationId = eventId;
  if (event.startedAt !== undefined && update.startedAt === null) update.startedAt = event.startedAt;
  if (event.error !== undefined) update.error = event.error;
  if (isFinal(transition)) {
    update.finishedAt = event.finishedAt ?? null;
    update.result = event.result ?? null;
    update.outcomeUnknown = event.outcomeUnknown === true;
  }
}
