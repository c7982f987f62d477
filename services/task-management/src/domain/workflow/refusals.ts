import type { Input, RefusedInput } from './input.ts';
import { keyOf, type Move } from './move.ts';
import { refusalOfRetry } from './retry-from.ts';
import { refusalOfSignal } from './waits.ts';
import { compensationState, type StepState, stepState, type WorkflowState } from './workflow-state.ts';
import { isFinalWorkflow } from './workflow-status.ts';

/** Where a step has to stand for its end, or that of its wait, to be news. */
const openStates: Partial<Record<Input['kind'], StepState>> = {
  'task-ended': stepState.running,
  'prepare-ended': stepState.preparing,
  'item-ended': stepState.fanning,
  'timer-fired': stepState.waiting,
  'event-came': stepState.waiting,
};

const notOpen: RefusedInput = { refusal: 'not-open' };

/**
 * Says why an input changes nothing, before anything is done. What is not asked for, and no repetition, is never
 * refused.
 */
export function refusalOf(move: Move, input: Input): RefusedInput | undefined {
  const { state } = move;
  const open = openStates[input.kind];
  if (open !== undefined) return 'step' in input && state.steps[input.step as number] === open ? undefined : notOpen;
  if (input.kind === 'compensation-ended') {
    return state.compensation?.steps[input.step] === compensationState.running ? undefined : notOpen;
  }
  if (input.kind === 'signal-came') return refusalOfSignal(move, input.name);
  if (input.kind === 'cancel') return refusalOfCancel(state, input.compensate);
  if (input.kind === 'pause') {
    return refusalUnless(state, state.status === 'running' || state.status === 'waiting', 'not_running');
  }
  if (input.kind === 'resume') return refusalUnless(state, state.status === 'paused', 'not_paused');
  if (input.kind === 'retry') return refusalOfRetrying(move, input);
  return input.kind === 'resolve-compensation' ? refusalOfResolving(move, input.step) : undefined;
}

function refusalUnless(
  { status, cancelRequested }: WorkflowState,
  isMet: boolean,
  refusal: 'not_running' | 'not_paused',
): RefusedInput | undefined {
  if (isMet) return cancelRequested ? { refusal: 'cancel_requested' } : undefined;
  return { refusal: isFinalWorkflow(status) ? 'already_finished' : refusal };
}

function refusalOfCancel({ status, cancelRequested }: WorkflowState, compensate: boolean): RefusedInput | undefined {
  if (isFinalWorkflow(status)) return { refusal: 'already_finished' };
  if (status === 'compensating' || status === 'compensation-stuck') return { refusal: 'already_compensating' };
  return cancelRequested && compensate ? { refusal: 'cancel_requested' } : undefined;
}

type Retry = Extract<Input, { kind: 'retry' }>;

function refusalOfRetrying(move: Move, { from, onto }: Retry): RefusedInput | undefined {
  const { graph, state, instance } = move;
  if (from !== undefined && !(onto ?? graph).indexOf.has(from)) return { refusal: 'unknown_step', names: [from] };
  // Rows that are still to be closed cannot be told from those that were, and one that is at work starts nothing anew.
  const closing = [...(instance.extras?.closing ?? [])].map((step) => keyOf(move, step));
  if (closing.length > 0) return { refusal: 'not_finished', names: closing };
  return refusalOfRetry(graph, state, from);
}

function refusalOfResolving({ graph, state }: Move, key: string): RefusedInput | undefined {
  const step = graph.indexOf.get(key);
  if (step === undefined) return { refusal: 'unknown_step', names: [key] };
  const isStuck = state.compensation?.steps[step] === compensationState.stuck;
  return isStuck ? undefined : { refusal: 'compensation_not_stuck' };
}
