import { isFinal, type TaskCommandKind, type TaskStatus, taskTransitions } from './task-status.ts';

/** The state of a task, as far as a command needs it to be decided. */
export interface TaskState {
  readonly status: TaskStatus;
  readonly generation: number;
  readonly priority: number;
  readonly cancelRequested: boolean;
  /** The task carries out a step: its workflow decides about another run, not its caller. */
  readonly isStep: boolean;
  /** A worker carries it out. A step that waits, starts a child or fans out has none: its workflow is the one to ask. */
  readonly hasWork: boolean;
}

export type TaskCommand =
  | { readonly kind: 'cancel' }
  | { readonly kind: 'change-priority'; readonly priority: number }
  | { readonly kind: 'retry' };

export type TaskChange =
  | { readonly kind: 'cancel-requested' }
  /** It had ended at task-execution, so that nobody else has to confirm it. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'priority-changed'; readonly priority: number; readonly previousPriority: number }
  | { readonly kind: 'retry-requested'; readonly generation: number };

export type TaskRefusal = 'already_finished' | 'not_finished' | 'already_completed' | 'retry_of_step' | 'not_available';

export type TaskDecision =
  /** `undefined`: granted, and already so. */
  { readonly change: TaskChange | undefined } | { readonly refusal: TaskRefusal };

export function decideTaskCommand(state: TaskState, command: TaskCommand): TaskDecision {
  if (!state.hasWork) return { refusal: 'not_available' };
  if (command.kind === 'retry' && state.isStep && isFinal(state.status)) return { refusal: 'retry_of_step' };
  if (taskTransitions[state.status][command.kind] === 'refused')
    return { refusal: refusalOf(state.status, command.kind) };
  switch (command.kind) {
    case 'cancel':
      if (state.status === 'stuck') return { change: { kind: 'cancelled' } };
      return { change: state.cancelRequested ? undefined : { kind: 'cancel-requested' } };
    case 'change-priority':
      if (command.priority === state.priority) return { change: undefined };
      return {
        change: { kind: 'priority-changed', priority: command.priority, previousPriority: state.priority },
      };
    case 'retry':
      return { change: { kind: 'retry-requested', generation: state.generation + 1 } };
  }
}

export function evolveTask(state: TaskState, change: TaskChange): TaskState {
  switch (change.kind) {
    case 'cancel-requested':
      return { ...state, cancelRequested: true };
    case 'cancelled':
      return { ...state, status: 'cancelled' };
    case 'priority-changed':
      return { ...state, priority: change.priority };
    case 'retry-requested':
      return { ...state, status: 'queued', generation: change.generation, cancelRequested: false };
  }
}

function refusalOf(status: TaskStatus, command: TaskCommandKind): TaskRefusal {
  if (status === 'scheduled' || status === 'blocked' || status === 'skipped') return 'not_available';
  if (command !== 'retry') return 'already_finished';
  return status === 'completed' ? 'already_completed' : 'not_finished';
}
