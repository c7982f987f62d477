import { type ExecutionFactType, isFinal, type TaskStatus, taskTransitions } from './task-status.ts';

/** One thing that task-execution reports. Texts are JSON, instants are epoch milliseconds. */
export interface ExecutionFact {
  readonly type: ExecutionFactType;
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
 * What a run of facts about one generation of one task adds up to: one row to write, however many facts there
 * were. `null` leaves the stored value as it is. The caller owns it; `fold` changes it in place.
 */
export interface Settlement {
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

export function emptySettlement(tenantId: string, taskId: string, generation: number): Settlement {
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
 * Folds the next fact in, by the transition table. An unknown status stands for any live one, which all agree
 * (rule 2 of the table); whether the stored task is live at all is the write's fence.
 */
export function fold(settlement: Settlement, fact: ExecutionFact, eventId?: string): void {
  const transition = taskTransitions[settlement.status ?? 'queued'][fact.type];
  if (transition === 'ignored' || transition === 'refused') return;
  if (fact.attempt > settlement.attempts) settlement.attempts = fact.attempt;
  if (fact.type === 'progressed') {
    settlement.progress = fact.progress ?? null;
    return;
  }
  settlement.status = transition;
  settlement.causationId = eventId;
  if (fact.startedAt !== undefined && settlement.startedAt === null) settlement.startedAt = fact.startedAt;
  if (fact.error !== undefined) settlement.error = fact.error;
  if (isFinal(transition)) {
    settlement.finishedAt = fact.finishedAt ?? null;
    settlement.result = fact.result ?? null;
    settlement.outcomeUnknown = fact.outcomeUnknown === true;
  }
}
