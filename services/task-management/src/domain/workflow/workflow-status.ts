import type { WorkflowEventType } from './workflow-event.ts';

export const workflowStatuses = [
  'running',
  'waiting',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'compensating',
  'compensated',
  'compensation-stuck',
  'stuck',
] as const;
export type WorkflowStatus = (typeof workflowStatuses)[number];

type Row = Readonly<Record<WorkflowEventType, WorkflowStatus | 'impossible'>>;

const impossible: Row = {
  'step-started': 'impossible',
  'step-begun': 'impossible',
  'step-held': 'impossible',
  'step-prepared': 'impossible',
  'step-completed': 'impossible',
  'step-skipped': 'impossible',
  'step-failed': 'impossible',
  'step-cancelled': 'impossible',
  'items-begun': 'impossible',
  'items-laid': 'impossible',
  'items-started': 'impossible',
  'item-ended': 'impossible',
  'items-closed': 'impossible',
  'items-settled': 'impossible',
  'child-cancel-requested': 'impossible',
  'cancel-requested': 'impossible',
  'undo-started': 'impossible',
  'undo-completed': 'impossible',
  'undo-stuck': 'impossible',
  'undo-settled': 'impossible',
  'undo-passed': 'impossible',
  'rest-left': 'impossible',
  'workflow-waiting': 'impossible',
  'workflow-working': 'impossible',
  'workflow-paused': 'impossible',
  'workflow-resumed': 'impossible',
  'workflow-completed': 'impossible',
  'workflow-failed': 'impossible',
  'workflow-cancelled': 'impossible',
  'workflow-compensating': 'impossible',
  'workflow-compensated': 'impossible',
  'workflow-retried': 'impossible',
};

/** Whatever a workflow does, what has begun comes to its end and is recorded. */
const ends = <S extends WorkflowStatus>(status: S) => ({
  'step-held': status,
  'step-completed': status,
  'step-skipped': status,
  'step-failed': status,
  'step-cancelled': status,
  'item-ended': status,
  'items-closed': status,
  'items-settled': status,
});

/** While steps may end and the workflow is not over: it may complete, fail, be cancelled and be undone. */
const open = <S extends WorkflowStatus>(status: S) => ({
  ...ends(status),
  'rest-left': status,
  'items-laid': status,
  'step-prepared': status,
  'child-cancel-requested': status,
  'cancel-requested': status,
  'workflow-completed': 'completed' as const,
  'workflow-cancelled': 'cancelled' as const,
  'workflow-compensating': 'compensating' as const,
});

/** Steps begin. */
const goingOn = <S extends WorkflowStatus>(status: S) => ({
  ...open(status),
  'step-started': status,
  'step-begun': status,
  'items-begun': status,
  'items-started': status,
  'workflow-waiting': 'waiting' as const,
  'workflow-working': 'running' as const,
  'workflow-paused': 'paused' as const,
  'workflow-failed': 'failed' as const,
});

/** Finished steps are undone, live ones come to their end, none begins. */
const undoing = <S extends WorkflowStatus>(status: S) => ({
  ...ends(status),
  'rest-left': status,
  'undo-started': status,
  'undo-completed': status,
  'undo-stuck': 'compensation-stuck' as const,
  'undo-settled': status,
  'undo-passed': status,
  'workflow-compensating': 'compensating' as const,
  'workflow-compensated': 'compensated' as const,
  'workflow-failed': 'failed' as const,
  'workflow-cancelled': 'cancelled' as const,
});

/**
 * The one table of a workflow's life: the status after each event. `decide` never gives an impossible one. A `stuck`
 * workflow is one that could not be decided about: nothing moves it but its coming back to the status that it had.
 */
export const workflowTransitions: Readonly<Record<WorkflowStatus, Row>> = {
  running: { ...impossible, ...goingOn('running') },
  waiting: { ...impossible, ...goingOn('waiting') },
  paused: { ...impossible, ...open('paused'), 'workflow-resumed': 'running' },
  completed: impossible,
  // Steps that ran when it failed go on to their own end; nothing new starts.
  failed: { ...impossible, ...ends('failed'), 'workflow-retried': 'running' },
  cancelled: { ...impossible, 'workflow-retried': 'running' },
  compensating: { ...impossible, ...undoing('compensating') },
  compensated: { ...impossible, 'workflow-retried': 'running' },
  'compensation-stuck': { ...impossible, ...undoing('compensation-stuck') },
  stuck: impossible,
};

export const workflowEventTypes = Object.keys(impossible) as readonly WorkflowEventType[];

export function isFinalWorkflow(status: WorkflowStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'compensated';
}
