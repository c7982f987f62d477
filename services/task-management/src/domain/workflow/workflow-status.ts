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
] as const;
export type WorkflowStatus = (typeof workflowStatuses)[number];

export const workflowEventTypes = [
  'step-started',
  'step-completed',
  'step-failed',
  'step-cancelled',
  'cancel-requested',
  'workflow-completed',
  'workflow-failed',
  'workflow-cancelled',
] as const;
export type WorkflowEventType = (typeof workflowEventTypes)[number];

const running = {
  'step-started': 'running',
  'step-completed': 'running',
  'step-failed': 'running',
  'step-cancelled': 'running',
  'cancel-requested': 'running',
  'workflow-completed': 'completed',
  'workflow-failed': 'failed',
  'workflow-cancelled': 'cancelled',
} as const;

/** Steps that ran when the workflow ended go on to their own end and are recorded; nothing new starts. */
const ended = <S extends WorkflowStatus>(status: S) =>
  ({
    'step-started': 'impossible',
    'step-completed': status,
    'step-failed': status,
    'step-cancelled': status,
    'cancel-requested': 'impossible',
    'workflow-completed': 'impossible',
    'workflow-failed': 'impossible',
    'workflow-cancelled': 'impossible',
  }) as const;

/** No event leads into these statuses yet, so none can be met in them. */
const notReached = {
  'step-started': 'impossible',
  'step-completed': 'impossible',
  'step-failed': 'impossible',
  'step-cancelled': 'impossible',
  'cancel-requested': 'impossible',
  'workflow-completed': 'impossible',
  'workflow-failed': 'impossible',
  'workflow-cancelled': 'impossible',
} as const;

/** The one table of a workflow's life: the status after each event. `decide` never gives an impossible one. */
export const workflowTransitions: Readonly<
  Record<WorkflowStatus, Readonly<Record<WorkflowEventType, WorkflowStatus | 'impossible'>>>
> = {
  running,
  waiting: notReached,
  paused: notReached,
  completed: ended('completed'),
  failed: ended('failed'),
  cancelled: ended('cancelled'),
  compensating: notReached,
  compensated: notReached,
  'compensation-stuck': notReached,
};

export function isFinalWorkflow(status: WorkflowStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'compensated';
}
