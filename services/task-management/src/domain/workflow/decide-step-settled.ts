import { closeOpenSteps } from './close-steps.ts';
import { beginCompensation, offerUndo } from './decide-undo.ts';
import { type Deciding, emit } from './deciding.ts';
import { isOpen, isSettled } from './step-life.ts';
import type { StepOutcome } from './workflow-command.ts';
import type { WorkflowEvent } from './workflow-event.ts';
import { isGoingOn, stateOf, stepState } from './workflow-state.ts';

/** An outcome of a step that is not open changes nothing: it is a repetition. */
export function settleStep(deciding: Deciding, step: number, outcome: StepOutcome, unknown: boolean): void {
  const { graph, state } = deciding;
  if (!isOpen(stateOf(state, step))) return;
  const fan = state.fanOuts.get(step);
  emit(deciding, ending(step, outcome, fan ? fan.completed + fan.unknown > 0 : unknown));
  if (state.compensation) offerUndo(deciding, step);
  else if (!isGoingOn(state)) return;
  else if (isSettled(graph, step, stateOf(state, step))) startFollowers(deciding, step);
  else failWorkflow(deciding, step);
}

function ending(step: number, outcome: StepOutcome, unknown: boolean): WorkflowEvent {
  switch (outcome) {
    case 'completed':
      return { type: 'step-completed', step };
    case 'skipped':
      return { type: 'step-skipped', step };
    case 'failed':
      return { type: 'step-failed', step, unknown };
    case 'cancelled':
      return { type: 'step-cancelled', step, unknown };
  }
}

function startFollowers(deciding: Deciding, step: number): void {
  const { graph, state } = deciding;
  const end = graph.successorStart[step + 1] as number;
  for (let s = graph.successorStart[step] as number; s < end; s++) {
    const successor = graph.successors[s] as number;
    if (state.waitingFor[successor] !== 0 || state.steps[successor] !== stepState.blocked) continue;
    emit(deciding, { type: 'step-started', step: successor });
  }
}

/** A step failed for good, or was cancelled by itself. */
export function failWorkflow(deciding: Deciding, step: number): void {
  const { graph } = deciding;
  const compensate = graph.onFailure === 'compensate';
  closeOpenSteps(deciding, compensate);
  if (compensate && graph.compensates) beginCompensation(deciding, 'step-failed', step);
  else emit(deciding, { type: 'workflow-failed', step });
}
