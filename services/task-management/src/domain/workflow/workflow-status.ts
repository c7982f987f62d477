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

/**
 * The one table of a workflow's life: where it may go from each status. A `stuck` workflow is one that could not be
 * moved on: nothing moves it but its coming back to the status that it had.
 */
export const workflowMoves: Readonly<Record<WorkflowStatus, readonly WorkflowStatus[]>> = {
  running: ['waiting', 'paused', 'completed', 'failed', 'cancelled', 'compensating'],
  waiting: ['running', 'paused', 'completed', 'failed', 'cancelled', 'compensating'],
  paused: ['running', 'completed', 'cancelled', 'compensating'],
  // To complete is put off while the output is too much for one transaction.
  completed: ['running', 'paused'],
  // Steps that ran when it failed go on to their own end; nothing new starts.
  failed: ['running'],
  cancelled: ['running'],
  compensating: ['compensation-stuck', 'compensated', 'failed', 'cancelled'],
  compensated: ['running'],
  'compensation-stuck': ['compensating', 'compensated', 'failed', 'cancelled'],
  stuck: [],
};

export function isFinalWorkflow(status: WorkflowStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'compensated';
}
