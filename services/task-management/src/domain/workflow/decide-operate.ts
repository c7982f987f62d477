import { closeOpenSteps } from './close-steps.ts';
import { failWorkflow } from './decide-step-settled.ts';
import { beginCompensation, startUndos } from './decide-undo.ts';
import { allow, type Deciding, emit } from './deciding.ts';
import { goOnWithItems } from './fan-out.ts';
import { isOpen, isSettled } from './step-life.ts';
import { isGoingOn, stateOf, stepState, type StepState } from './workflow-state.ts';

/** Its live tasks are asked to end, what waits ends, and nothing begins; with `compensate`, what was done is undone. */
export function cancel(deciding: Deciding, compensate: boolean): void {
  if (deciding.state.cancelRequested) return;
  emit(deciding, { type: 'cancel-requested' });
  closeOpenSteps(deciding, compensate);
  if (compensate) beginCompensation(deciding, 'cancelled', undefined);
}

/** Goes on where it was held: a failure that came meanwhile has its consequences now. Costs the graph. */
export function resume(deciding: Deciding): void {
  emit(deciding, { type: 'workflow-resumed' });
  const { graph, state } = deciding;
  const failed = state.steps.findIndex(
    (at, step) => hasEnded(at as StepState) && !isSettled(graph, step, at as StepState),
  );
  if (failed !== -1) return failWorkflow(deciding, failed);
  goOn(deciding);
}

/** Begins whatever may begin and has not. Costs the graph. */
export function goOn(deciding: Deciding): void {
  const { state } = deciding;
  startUndos(deciding);
  if (isGoingOn(state)) {
    startReady(deciding);
    startPrepared(deciding);
  }
  for (const step of state.fanOuts.keys()) goOnWithItems(deciding, step);
}

function startPrepared(deciding: Deciding): void {
  const { state } = deciding;
  for (let step = 0; step < state.steps.length; step++) {
    if (stateOf(state, step) !== stepState.prepared) continue;
    if (allow(deciding, 1) === 0) return;
    emit(deciding, { type: 'step-prepared', step, held: false });
  }
}

function hasEnded(at: StepState): boolean {
  return at !== stepState.blocked && !isOpen(at);
}

/** Starts every step that waits for nothing and has not started. Costs the graph. */
export function startReady(deciding: Deciding): void {
  const { state } = deciding;
  for (let step = 0; step < state.steps.length; step++) {
    if (state.steps[step] !== stepState.blocked || state.waitingFor[step] !== 0) continue;
    if (allow(deciding, 1) === 0) return;
    emit(deciding, { type: 'step-started', step });
  }
}
