import { closeOpenSteps } from './close-steps.ts';
import { beginCompensation, offerCompensation } from './compensate.ts';
import { fail } from './conclude.ts';
import { errorText, keyOf, type Move } from './move.ts';
import { startFollowers } from './ready-steps.ts';
import { recordEnd, type StepEnd } from './record-end.ts';
import { isOpen, isSettled } from './step-life.ts';
import { isGoingOn, stateOf, stepState } from './workflow-state.ts';

/** A step ended, and what follows from it is decided. The end of one that is not open changes nothing. */
export function endStep(move: Move, step: number, end: StepEnd): void {
  const { graph, state } = move;
  if (!isOpen(stateOf(state, step))) return;
  recordEnd(move, step, end);
  if (state.compensation) offerCompensation(move, step);
  else if (!isGoingOn(state)) return;
  else if (isSettled(graph, step, stateOf(state, step))) startFollowers(move, step);
  else failWorkflow(move, step, end.error);
}

/** A step failed for good, or was cancelled by itself. Its error is looked up where it is not at hand. */
export function failWorkflow(move: Move, step: number, error: string | undefined): void {
  const { graph, instance } = move;
  const compensate = graph.onFailure === 'compensate';
  closeOpenSteps(move, compensate);
  const isCompensated = compensate && graph.compensates;
  fail(move, isCompensated ? 'compensating' : 'failed', step, instance.error ?? error ?? cancelledStep(move, step));
  if (isCompensated) beginCompensation(move, 'step-failed');
}

function cancelledStep(move: Move, step: number): string | undefined {
  const at = stateOf(move.state, step);
  if (at !== stepState.cancelled && at !== stepState.cancelledUnknown) return undefined;
  return errorText('step_cancelled', `The step "${keyOf(move, step)}" was cancelled.`);
}
