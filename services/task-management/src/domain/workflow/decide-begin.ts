import { offerUndo } from './decide-undo.ts';
import { settleStep } from './decide-step-settled.ts';
import { type Deciding, emit } from './deciding.ts';
import { settleItems } from './fan-out.ts';
import type { StepOutcome, WorkflowCommand } from './workflow-command.ts';
import { isGoingOn, stateOf, stepState, type WorkflowState } from './workflow-state.ts';

/** A started step begins. One that was held meanwhile does not. */
export function begin(deciding: Deciding, step: number, as: 'running' | 'preparing' | 'waiting'): void {
  if (mayBegin(deciding, step)) emit(deciding, { type: 'step-begun', step, as });
}

/** It goes back, and starts again when the workflow is asked to go on; one that is prepared stays so. */
export function hold(deciding: Deciding, step: number): void {
  const at = stateOf(deciding.state, step);
  if (at !== stepState.starting && at !== stepState.preparing && at !== stepState.running) return;
  emit(deciding, { type: 'step-held', step });
  offerUndo(deciding, step);
}

export function beginItems(
  deciding: Deciding,
  { step, total, laid = total, largest = 0 }: Extract<WorkflowCommand, { type: 'begin-items' }>,
): void {
  if (!mayBegin(deciding, step)) return;
  const { graph, state } = deciding;
  const started = Math.min(graph.steps[step]?.each?.concurrency ?? total, laid);
  emit(deciding, { type: 'items-begun', step, total, laid, largest, started });
  const fan = state.fanOuts.get(step);
  if (fan && total === 0) settleItems(deciding, step, fan);
}

/** What is paused begins nothing: a started step goes back, and starts again when the workflow is resumed. */
function mayBegin(deciding: Deciding, step: number): boolean {
  const { state } = deciding;
  const at = stateOf(state, step);
  if (at !== stepState.starting && at !== stepState.prepared) return false;
  if (isGoingOn(state)) return true;
  if (at === stepState.starting) emit(deciding, { type: 'step-held', step });
  return false;
}

export function settlePrepare(deciding: Deciding, step: number, outcome: StepOutcome): void {
  const { state } = deciding;
  if (stateOf(state, step) !== stepState.preparing) return;
  if (outcome !== 'completed') return settleStep(deciding, step, outcome, false);
  if (isGoingOn(state)) emit(deciding, { type: 'step-prepared', step, held: false });
  else if (isHeld(state)) emit(deciding, { type: 'step-prepared', step, held: true });
  else {
    emit(deciding, { type: 'step-held', step });
    offerUndo(deciding, step);
  }
}

/** Paused, and to be resumed. */
function isHeld(state: WorkflowState): boolean {
  return state.status === 'paused' && !state.cancelRequested;
}
