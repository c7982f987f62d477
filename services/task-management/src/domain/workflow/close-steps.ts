import { closeItems } from './close-items.ts';
import type { Move } from './move.ts';
import { recordEnd } from './record-end.ts';
import { moveStep } from './step-life.ts';
import { type StepState, stepState } from './workflow-state.ts';

/**
 * Nothing starts any more: what waits ends or is asked to, what has not started goes back, and of fan-outs no further
 * item starts. Tasks go on to their own end. Costs the graph, once. `compensate` is passed on to children.
 */
export function closeOpenSteps(move: Move, compensate: boolean): void {
  const { state } = move;
  for (let step = 0; step < state.steps.length; step++)
    closeStep(move, step, state.steps[step] as StepState, compensate);
}

function closeStep(move: Move, step: number, at: StepState, compensate: boolean): void {
  if (at === stepState.ready || at === stepState.prepared) moveStep(move.state, step, stepState.blocked);
  else if (at === stepState.waiting) closeWait(move, step, compensate);
  else if (at === stepState.fanning) closeItems(move, step);
}

function closeWait(move: Move, step: number, compensate: boolean): void {
  if (move.graph.steps[step]?.child?.onParentClose === 'cancel') cancelChild(move, step, compensate);
  else recordEnd(move, step, { outcome: 'cancelled', row: 'open' });
}

/** The cost of a child that is asked to end: it is read as a whole. */
export const rowsOfCancel = 10;

/** The child of a step is asked to end, now or in a later transaction. */
export function cancelChild({ allowance, effects }: Move, step: number, compensate: boolean): void {
  if (allowance.take(rowsOfCancel, 0)) effects.push({ kind: 'cancel-child', step, compensate });
  else effects.push({ kind: 'defer', what: 'cancel', step, compensate });
}
