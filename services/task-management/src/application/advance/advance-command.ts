import type { PositionMove } from '@taskflow/kit-messaging-postgres';
import type { ExecutionEvent } from '../../domain/task/task-update.ts';
import type { TaskCommand, TaskRefusal } from '../../domain/task/task-commands.ts';
import type { Refusal } from '../../domain/workflow/input.ts';
import type { DueWait, EventDelivery } from '../ports/advance-store.ts';
import type { KeyClaim } from '../ports/creation-store.ts';
import type { StoredGraph } from '../records/workflow-record.ts';

/** An execution event with the task that it is about. */
export interface ReceivedEvent {
  readonly tenantId: string;
  readonly taskId: string;
  readonly generation: number;
  readonly eventId: string;
  readonly event: ExecutionEvent;
}

/** Execution events of consecutive entries, in their order, with the piece of the stream that they are. */
export interface ApplyExecutionEvents {
  readonly kind: 'apply-execution-events';
  /** Absent from a part of the events: the position moves with the rest. */
  readonly move: PositionMove | undefined;
  readonly events: readonly ReceivedEvent[];
  /** An ending that cannot be written, and why as JSON text: its task is parked. */
  readonly unwritable?: { readonly event: ReceivedEvent; readonly fault: string } | undefined;
}

export interface CommandTask {
  readonly kind: 'command-task';
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
  readonly kind: 'cancel-workflow';
  readonly reason?: string | undefined;
  /** Compensate what has finished. */
  readonly compensate?: boolean | undefined;
}

export interface PauseWorkflow extends WorkflowCommandBase {
  readonly kind: 'pause-workflow';
  readonly reason?: string | undefined;
}

export interface ResumeWorkflow extends WorkflowCommandBase {
  readonly kind: 'resume-workflow';
}

export interface RetryWorkflow extends WorkflowCommandBase {
  readonly kind: 'retry-workflow';
  /** This step and all that follow it run again; absent: every step that did not complete. */
  readonly from?: string | undefined;
  /** The registered version to go on with, whose graph is stored; absent: the graph that it has. */
  readonly onto?: { readonly version: number; readonly stored: StoredGraph } | undefined;
}

export interface ResolveCompensation extends WorkflowCommandBase {
  readonly kind: 'resolve-compensation';
  /** Key of the step whose compensation is stuck. */
  readonly step: string;
  readonly reason: string;
}

export interface SignalWorkflow extends WorkflowCommandBase {
  readonly kind: 'signal-workflow';
  readonly signal: string;
  /** JSON text. */
  readonly payload: string;
  /** Makes a repetition recognisable; taken together with the signal's effect, and not by a signal that is refused. */
  readonly claim?: KeyClaim | undefined;
}

/** Answered by `matched`. */
export interface PublishEvent {
  readonly kind: 'publish-event';
  readonly tenantId: string;
  readonly name: string;
  readonly key: string;
  /** JSON text. */
  readonly payload: string;
}

/** The next page of an event that has not met all of its waits. */
export interface DeliverEvent {
  readonly kind: 'deliver-event';
  readonly tenantId: string;
  readonly delivery: EventDelivery;
}

/** Timers that the database calls due. */
export interface FireWaits {
  readonly kind: 'fire-waits';
  readonly waits: readonly DueWait[];
}

/** A command asks something of one workflow. */
export type WorkflowCommand =
  | CancelWorkflow
  | PauseWorkflow
  | ResumeWorkflow
  | RetryWorkflow
  | ResolveCompensation
  | SignalWorkflow;

export type AdvanceCommand =
  | ApplyExecutionEvents
  | CommandTask
  | WorkflowCommand
  | PublishEvent
  | DeliverEvent
  | FireWaits;

/** Says why something asked of a workflow is not done. */
export type WorkflowRefusal =
  | Exclude<Refusal, 'not-open'>
  /** Retry onto the latest version: it was never started from a registered one. */
  | 'not_registered'
  /** The idempotency key was used with another request. */
  | 'key_mismatch'
  /** It is stuck, and this is neither a retry nor a cancel that compensates nothing. */
  | 'stuck'
  /** Doing it failed, for this `reason`; nothing was changed. */
  | 'cannot_apply';

export interface RefusedCommand {
  readonly kind: 'refused';
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
  | { readonly kind: 'granted' }
  /** How many waits there were; those that are too many for one transaction meet the event in later ones. */
  | { readonly kind: 'matched'; readonly matched: number }
  | RefusedCommand
  | { readonly kind: 'not-found' };

export const granted: AdvanceOutcome = { kind: 'granted' };
export const notFound: AdvanceOutcome = { kind: 'not-found' };
