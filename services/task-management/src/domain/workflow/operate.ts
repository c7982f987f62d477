import { closeOpenSteps } from './close-steps.ts';
import { beginCompensation, startCompensations } from './compensate.ts';
import { failWorkflow } from './end-step.ts';
import { goOnWithItems } from './fan-out.ts';
import type { Move } from './move.ts';
import { readySteps, startPrepared, startSteps } from './ready-steps.ts';
import { isOpen, isSettled } from './step-life.ts';
import { isGoingOn, moveTo, stateOf, stepState, type StepState } from './workflow-state.ts';

/**
 * Its live tasks are asked to end, what waits ends, and nothing starts; with `compensate`, what was done is compensated.
 * What was asked before keeps its reason.
 */
export function cancel(move: Move, compensate: boolean, reason: string | null): void {
  const { state, instance, effects } = move;
  if (state.cancelRequested) return;
  state.cancelRequested = true;
  instance.cancelReason = reason;
  effects.push({ kind: 'update-header', what: 'all' }, { kind: 'cancel-tasks' });
  closeOpenSteps(move, compensate);
  if (!compensate) return;
  moveTo(state, 'compensating');
  effects.push({ kind: 'emit', event: { kind: 'compensating', reason: 'cancelled' } });
  effects.push({ kind: 'update-header', what: 'all' });
  beginCompensation(move, 'cancelled');
}

export function pause({ state, instance, effects }: Move, reason: string | null): void {
  moveTo(state, 'paused');
  instance.pauseReason = reason;
  effects.push({ kind: 'emit', event: { kind: 'paused' } }, { kind: 'update-header', what: 'all' });
}

/** Goes on where it was held up: a failure that came meanwhile has its consequences now. Costs the graph. */
export function resume(move: Move): void {
  const { graph, state, effects } = move;
  moveTo(state, 'running');
  effects.push({ kind: 'emit', event: { kind: 'resumed' } }, { kind: 'update-header', what: 'all' });
  const failed = state.steps.findIndex(
    (at, step) => hasEnded(at as StepState) && !isSettled(graph, step, at as StepState),
  );
  if (failed !== -1) failWorkflow(move, failed, undefined);
  else catchUp(move);
}

function hasEnded(at: StepState): boolean {
  return at !== stepState.blocked && !isOpen(at);
}

/** Goes on with a workflow when what reminded of it is gone. */
export function goOn(move: Move): void {
  if (move.instance.extras) move.instance.extras.deferred = false;
  catchUp(move);
}

/** Starts whatever may start and has not, and draws the consequences of what has ended. Costs the graph. */
export function catchUp(move: Move): void {
  const { state } = move;
  startCompensations(move);
  if (isGoingOn(state)) {
    startSteps(move, readySteps(move));
    for (let step = 0; step < state.steps.length; step++) {
      if (stateOf(state, step) === stepState.prepared && !startPrepared(move, step)) break;
    }
  }
  for (const step of state.fanOuts.keys()) goOnWithItems(move, step);
}
