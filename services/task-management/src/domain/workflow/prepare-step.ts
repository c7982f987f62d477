import { offerCompensation } from './compensate.ts';
import { endStep } from './end-step.ts';
import type { PartEnd } from './input.ts';
import type { Move } from './move.ts';
import { startPrepared } from './ready-steps.ts';
import { moveStep } from './step-life.ts';
import { isGoingOn, stepState } from './workflow-state.ts';

/** The step is prepared, or ends as its preparation did. One that may not start any more goes back. */
export function endPreparing(move: Move, { step, outcome, error }: PartEnd): void {
  const { state } = move;
  if (outcome !== 'completed') return endStep(move, step, { outcome, row: 'recorded', error });
  const isDeferred = state.status === 'paused' && !state.cancelRequested;
  if (!isGoingOn(state) && !isDeferred) {
    moveStep(state, step, stepState.blocked);
    return offerCompensation(move, step);
  }
  moveStep(state, step, stepState.prepared);
  if (!isDeferred) startPrepared(move, step);
}

/** Works out again what the items are, from what the step reads. */
export function goOnLaying({ instance, graph, effects }: Move, step: number, laid: number): void {
  instance.extras?.timers.delete(step);
  const prepared = graph.steps[step]?.mapped === true;
  effects.push({ kind: 'need', what: 'start', step, prepared, laid, alone: false });
}
