import type { ExecutionFact } from '../../domain/task/settlement.ts';
import type { TaskCommand, TaskRefusal } from '../../domain/task/task-commands.ts';
import type { Advance } from '../ports/advance-store.ts';

/** A fact with the task that it is about. */
export interface ReceivedFact {
  readonly tenantId: string;
  readonly taskId: string;
  readonly generation: number;
  readonly eventId: string;
  readonly fact: ExecutionFact;
}

/** Facts of consecutive entries, in their order, with the step that the position makes over them. */
export interface ApplyFacts {
  readonly type: 'apply-facts';
  readonly advance: Advance;
  readonly facts: readonly ReceivedFact[];
}

export interface CommandTask {
  readonly type: 'command-task';
  readonly tenantId: string;
  readonly taskId: string;
  readonly command: TaskCommand;
  /** Why a cancel was asked for. */
  readonly reason?: string | undefined;
}

export interface CancelWorkflow {
  readonly type: 'cancel-workflow';
  readonly tenantId: string;
  readonly workflowId: string;
  readonly reason?: string | undefined;
}

export type AdvanceCommand = ApplyFacts | CommandTask | CancelWorkflow;

export type AdvanceOutcome =
  | { readonly type: 'granted' }
  | { readonly type: 'refused'; readonly refusal: TaskRefusal; readonly status: string }
  | { readonly type: 'not-found' };

export const granted: AdvanceOutcome = { type: 'granted' };
export const notFound: AdvanceOutcome = { type: 'not-found' };
