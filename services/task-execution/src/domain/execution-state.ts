/**
 * Says where the execution of one generation of a task stands. The first three are tables, the last three have no row.
 */
export const executionStates = ['waiting', 'leased', 'delayed', 'completed', 'failed', 'cancelled'] as const;
export type ExecutionState = (typeof executionStates)[number];

export const executionEvents = [
  /** A worker with credit takes the next attempt. */
  'dispatched',
  /** The worker reports a result under a lease in force. */
  'completed',
  /** The attempt failed and the policy grants another one after a pause. */
  'retry-scheduled',
  /** Handed back without costing the attempt, or its worker was lost and an attempt is left. */
  'requeued',
  /** The pause before the next attempt is over. */
  'staged',
  /** The attempt failed and no other one follows. */
  'failed-for-good',
  /** The total timeout is over. */
  'expired',
  'cancelled',
  /** Somebody wants a finished task to run again, under its next generation. */
  'retry-requested',
] as const;
export type ExecutionEvent = (typeof executionEvents)[number];

const transitions: Readonly<Record<ExecutionState, Partial<Readonly<Record<ExecutionEvent, ExecutionState>>>>> = {
  waiting: { dispatched: 'leased', expired: 'failed', cancelled: 'cancelled' },
  leased: {
    completed: 'completed',
    'retry-scheduled': 'delayed',
    requeued: 'waiting',
    'failed-for-good': 'failed',
    expired: 'failed',
    cancelled: 'cancelled',
  },
  delayed: { staged: 'waiting', expired: 'failed', cancelled: 'cancelled' },
  completed: { 'retry-requested': 'waiting' },
  failed: { 'retry-requested': 'waiting' },
  cancelled: { 'retry-requested': 'waiting' },
};

/** The state after `event`, or `refused`: an event that comes too late, or never could, changes nothing. */
export function stateAfter(state: ExecutionState, event: ExecutionEvent): ExecutionState | 'refused' {
  return transitions[state][event] ?? 'refused';
}

export function isFinal(state: ExecutionState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}
