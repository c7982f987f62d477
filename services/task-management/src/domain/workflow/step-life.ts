import type { CompiledGraph } from './graph.ts';
import { stepState, type StepState, type WorkflowState } from './workflow-state.ts';

/** Started, and not ended. */
export function isOpen(state: StepState): boolean {
  return state >= stepState.ready && state <= stepState.fanning;
}

/** Says whether what comes after the step may start. */
export function isSettled(graph: CompiledGraph, step: number, state: StepState): boolean {
  if (state === stepState.completed || state === stepState.skipped) return true;
  return (state === stepState.failed || state === stepState.failedUnknown) && graph.steps[step]?.tolerated === true;
}

/** Moves a step, and keeps count of those at work and those that wait. */
export function moveStep(state: WorkflowState, step: number, to: StepState): void {
  count(state, state.steps[step] as StepState, -1);
  count(state, to, 1);
  state.steps[step] = to;
}

function count(state: WorkflowState, step: StepState, by: 1 | -1): void {
  if (step === stepState.waiting) state.waiting += by;
  else if (isOpen(step)) state.live += by;
}

/** Ends a step. Costs its out-degree. */
export function endStepState(graph: CompiledGraph, state: WorkflowState, step: number, as: StepState): void {
  moveStep(state, step, as);
  state.fanOuts.delete(step);
  if (!isSettled(graph, step, as)) return;
  state.unsettled -= 1;
  const end = graph.successorStart[step + 1] as number;
  for (let s = graph.successorStart[step] as number; s < end; s++) {
    const successor = graph.successors[s] as number;
    state.waitingFor[successor] = (state.waitingFor[successor] as number) - 1;
  }
}

/** Puts steps back to where they had not started. Costs the graph. */
export function resetSteps(graph: CompiledGraph, state: WorkflowState, reset: readonly number[]): void {
  for (const step of reset) moveStep(state, step, stepState.blocked);
  state.waitingFor.set(graph.dependencyCount);
  state.unsettled = graph.steps.length;
  for (let step = 0; step < state.steps.length; step++) {
    const as = state.steps[step] as StepState;
    if (isSettled(graph, step, as)) endStepState(graph, state, step, as);
  }
}
