import type { ExecutionFact } from '../../domain/task/settlement.ts';
import type { TaskCommand, TaskRefusal } from '../../domain/task/task-commands.ts';
import type { Advance, DueWait, EventDelivery } from '../ports/advance-store.ts';
import type { KeyClaim } from '../ports/creation-store.ts';
import type { StoredGraph } from '../workflow-record.ts';

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
  /** Absent from a part of the facts: the position moves with the rest. */
  readonly advance: Advance | undefined;
  readonly facts: readonly ReceivedFact[];
  /** An ending that cannot be written, and why as JSON text: its task is parked. */
  readonly unwritable?: { readonly fact: ReceivedFact; readonly fault: string } | undefined;
}

export interface CommandTask {
  readonly type: 'command-task';
  readonly tenantId: string;
  readonly taskId: string;
  readonly command: TaskCommand;
  /** Why a cancel was asked for. */
  readonly reason?: string | undefined;
}

interface WorkflowCommandBase {
  readonly tenantId: string;
  readonly workflowId: string;
}

export interface CancelWorkflow extends WorkflowCommandBase {
  readonly type: 'cancel-workflow';
  readonly reason?: string | undefined;
  /** Undo what has finished. */
  readonly compensate?: boolean | undefined;
}

export interface PauseWorkflow extends WorkflowCommandBase {
  readonly type: 'pause-workflow';
  readonly reason?: string | undefined;
}

export interface ResumeWorkflow extends WorkflowCommandBase {
  readonly type: 'resume-workflow';
}

export interface RetryWorkflow extends WorkflowCommandBase {
  readonly type: 'retry-workflow';
  /** This step and all that follow it run again; absent: every step that did not complete. */
  readonly from?: string | undefined;
  /** The registered version to go on with, whose graph is stored; absent: the graph that it has. */
  readonly onto?: { readonly version: number; readonly stored: StoredGraph } | undefined;
}

export interface SettleCompensation extends WorkflowCommandBase {
  readonly type: 'settle-compensation';
  /** Key of the step whose compensation is stuck. */
  readonly step: string;
  readonly reason: string;
}

export interface SignalWorkflow extends WorkflowCommandBase {
  readonly type: 'signal-workflow';
  readonly signal: string;
  /** JSON text. */
  readonly payload: string;
  /** Makes a repetition recognisable; taken together with the signal's effect, and not by a signal that is refused. */
  readonly claim?: KeyClaim | undefined;
}

/** Answered by `matched`. */
export interface PublishEvent {
  readonly type: 'publish-event';
  readonly tenantId: string;
  readonly name: string;
  readonly key: string;
  /** JSON text. */
  readonly payload: string;
}

/** The next page of an event that has not met all of its waits. */
export interface DeliverEvent {
  readonly type: 'deliver-event';
  readonly tenantId: string;
  readonly delivery: EventDelivery;
}

/** Waits that the database calls due. */
export interface FireWaits {
  readonly type: 'fire-waits';
  readonly waits: readonly DueWait[];
}

/** What somebody asks of one workflow. */
export type WorkflowCommand =
  | CancelWorkflow
  | PauseWorkflow
  | ResumeWorkflow
  | RetryWorkflow
  | SettleCompensation
  | SignalWorkflow;

export type AdvanceCommand = ApplyFacts | CommandTask | WorkflowCommand | PublishEvent | DeliverEvent | FireWaits;

/** Why something asked of a workflow is not done. */
export type WorkflowRefusal =
  /** It has a final status. */
  | 'already_finished'
  /** Retry: it has not ended. */
  | 'not_finished'
  /** Retry: it completed. */
  | 'already_completed'
  /** It is being undone, or its undoing is stuck. */
  | 'already_compensating'
  /** A plain cancel was asked for before. */
  | 'cancel_requested'
  /** Pause: it is neither running nor waiting. */
  | 'not_running'
  /** Resume: it is not paused. */
  | 'not_paused'
  /** No step of the graph has this key. */
  | 'unknown_step'
  /** `from` was given where the whole workflow runs again. */
  | 'from_not_available'
  /** `names` are the steps that do not fit. */
  | 'incompatible_graph'
  /** Retry onto the latest version: it was never started from a registered one. */
  | 'not_registered'
  /** The step's compensation is not stuck. */
  | 'compensation_not_stuck'
  /** `names` are the signals that the workflow knows. */
  | 'signal_not_expected'
  /** As many signals as may wait are waiting. */
  | 'too_many_signals'
  /** The idempotency key was used with another request. */
  | 'key_mismatch'
  /** It is stuck, and this is neither a retry nor a cancel that undoes nothing. */
  | 'stuck'
  /** Doing it failed, for this `reason`; nothing was changed. */
  | 'cannot_apply';

export interface RefusedCommand {
  readonly type: 'refused';
  readonly refusal: TaskRefusal | WorkflowRefusal;
  /** Of the task or workflow. */
  readonly status: string;
  /** Steps or signals that the refusal is about. */
  readonly names?: readonly string[] | undefined;
  /** The workflow whose step the task is, where the command must go there. */
  readonly workflowId?: string | undefined;
  readonly reason?: string | undefined;
}

export type AdvanceOutcome =
  | { readonly type: 'granted' }
  /** How many waits there were; those that are too many for the turn meet the event in later ones. */
  | { readonly type: 'matched'; readonly matched: number }
  | RefusedCommand
  | { readonly type: 'not-found' };

export const granted: AdvanceOutcome = { type: 'granted' };
export const notFound: AdvanceOutcome = { type: 'not-found' };
