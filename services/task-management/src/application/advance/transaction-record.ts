import type { TaskUpdate } from '../../domain/task/task-update.ts';
import { isFinal } from '../../domain/task/task-status.ts';
import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { Key } from '../ports/advance-store.ts';
import type { AdvanceOutcome } from './advance-command.ts';
import type { ParkedInstance } from './parked-instance.ts';
import type { WorkflowInstance } from './workflow-instance.ts';

/** The record of one transaction of the advance writer, filled in as it goes; it counts only once it committed. */
export type TransactionRecord = ReturnType<typeof newRecord>;

export function newRecord() {
  return {
    /** Outcome i answers command i. */
    outcomes: [] as AdvanceOutcome[],
    /** Workflows that it is about, by id. */
    touched: new Map<string, WorkflowInstance>(),
    /** Workflows that were asked for, by id, in the order in which it came to them. */
    concerned: new Map<string, Key>(),
    /** Ids of workflows that it starts. */
    born: new Set<string>(),
    /** What was thrown on behalf of workflows, by id. */
    faults: new Map<string, unknown>(),
    /** Workflows that are not moved on, by id. */
    parked: new Map<string, ParkedInstance>(),
    /** Tasks whose ending could not be written, with the error as JSON text. */
    parkedTasks: [] as { readonly id: string; readonly fault: string }[],
    /** What execution events add up to, by task and generation. */
    updates: new Map<string, TaskUpdate>(),
    /** Workflows that reached a final status. */
    ended: [] as { readonly id: string; readonly status: WorkflowStatus }[],
    /** Workflows that steps started. */
    started: 0,
    /** Compensations that got stuck. */
    stuck: 0,
    /** After how long the earliest timer that it set is over; 0 where only the database can tell. */
    nextDueInMs: Number.POSITIVE_INFINITY,
    /** Events have not met all of their waits. */
    delivers: false,
    /** By what it is found again. */
    recoveryKey: undefined as 'entry' | 'receipt' | undefined,
  };
}

/** Tasks that it brought to their end, for whoever waits for them. */
export function finishedTasks({ updates }: TransactionRecord): TaskUpdate[] {
  return [...updates.values()].filter(({ status }) => status !== null && isFinal(status));
}
