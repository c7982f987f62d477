import { retryStuck } from './compensate.ts';
import type { CompiledGraph } from './graph.ts';
import type { RefusedInput } from './input.ts';
import type { Move } from './move.ts';
import { readySteps, startSteps } from './ready-steps.ts';
import { isOpen, isSettled, resetSteps } from './step-life.ts';
import { compensationState, moveTo, type StepState, type WorkflowState } from './workflow-state.ts';

/** Says why a retry is refused, before anything is looked at but where the workflow stands. */
export function refusalOfRetry(graph: CompiledGraph, state: WorkflowState, from: unknown): RefusedInput | undefined {
  switch (state.status) {
    case 'completed':
      return { refusal: 'already_completed' };
    case 'compensating':
      return { refusal: 'already_compensating' };
    case 'compensated':
    case 'compensation-stuck':
      return from === undefined ? undefined : { refusal: 'from_not_available' };
    case 'failed':
    case 'cancelled': {
      const names = graph.steps.filter((_, step) => isOpen(state.steps[step] as StepState)).map(({ key }) => key);
      return names.length === 0 ? undefined : { refusal: 'not_finished', names };
    }
    case 'running':
    case 'waiting':
    case 'paused':
    case 'stuck':
      return { refusal: 'not_finished' };
  }
}

/**
 * Runs a workflow again that ended without completing.
 *
 * - Failed, cancelled: every step that is not settled runs again, and with `from` that one and all that follow it.
 * - Compensated: every step, because what had been done is compensated.
 * - Stuck: the compensations that are stuck.
 */
export function retry(move: Move, from: number | undefined): void {
  const { graph, state } = move;
  if (state.status === 'compensation-stuck') return retryStuck(move);
  const again = stepsToReset(graph, state, from);
  runAgain(
    move,
    graph.steps.flatMap((_, step) => (again[step] === 1 ? [step] : [])),
  );
}

/** Forgets that these steps have run, and starts those of them that wait for nothing. */
export function runAgain(move: Move, reset: readonly number[]): void {
  const { instance, graph, state, effects } = move;
  moveTo(state, 'running');
  state.cancelRequested = false;
  state.failedStep = undefined;
  instance.error = null;
  instance.cancelReason = null;
  resetSteps(graph, state, reset);
  effects.push({ kind: 'update-header', what: 'all' });
  if (reset.length > 0) effects.push({ kind: 'need', what: 'reset', steps: reset });
  const ready = readySteps(move);
  startSteps(move, ready);
  effects.push({ kind: 'emit', event: { kind: 'retried', from: ready } });
}

/** 1 for each step that runs again. */
function stepsToReset(graph: CompiledGraph, state: WorkflowState, from: number | undefined): Uint8Array {
  const again = new Uint8Array(graph.steps.length);
  for (let step = 0; step < again.length; step++) {
    const isKept = state.status !== 'compensated' && isSettled(graph, step, state.steps[step] as StepState);
    if (!isKept) again[step] = 1;
  }
  if (from !== undefined) markFollowers(graph, again, from);
  return again;
}

/** Marks every step that has a path from this one. */
export function markFollowers(graph: CompiledGraph, marks: Uint8Array, from: number): void {
  const seen = new Uint8Array(graph.steps.length);
  const path = [from];
  for (let step = path.pop(); step !== undefined; step = path.pop()) {
    marks[step] = 1;
    for (let s = graph.successorStart[step] as number; s < (graph.successorStart[step + 1] as number); s++) {
      const follower = graph.successors[s] as number;
      if (seen[follower] === 1) continue;
      seen[follower] = 1;
      path.push(follower);
    }
  }
}

/** Keys of the steps whose compensation is stuck. */
export function stuckSteps(graph: CompiledGraph, state: WorkflowState): string[] {
  return graph.steps
    .filter((_, step) => state.compensation?.steps[step] === compensationState.stuck)
    .map(({ key }) => key);
}
