import { defer, type Move } from './move.ts';
import { moveStep } from './step-life.ts';
import { stepState } from './workflow-state.ts';

/** Steps that waited for this one and wait for nothing else start. Costs its out-degree. */
export function startFollowers(move: Move, step: number): void {
  const { graph, state } = move;
  const end = graph.successorStart[step + 1] as number;
  for (let s = graph.successorStart[step] as number; s < end; s++) {
    const successor = graph.successors[s] as number;
    if (state.waitingFor[successor] === 0 && state.steps[successor] === stepState.blocked) startStep(move, successor);
  }
}

/** Every step that waits for nothing and has not started. Costs the graph. */
export function readySteps({ state }: Move): number[] {
  const ready: number[] = [];
  for (let step = 0; step < state.steps.length; step++) {
    if (state.steps[step] === stepState.blocked && state.waitingFor[step] === 0) ready.push(step);
  }
  return ready;
}

/** Starts those of these steps that the transaction may take on. */
export function startSteps(move: Move, steps: readonly number[]): void {
  for (const step of steps) if (!startStep(move, step)) return;
}

/** The step is ready; what it is follows from what it reads. */
function startStep(move: Move, step: number): boolean {
  if (!move.allowance.admit()) {
    defer(move);
    return false;
  }
  moveStep(move.state, step, stepState.ready);
  move.effects.push({ kind: 'need', what: 'start', step, prepared: false, laid: undefined, alone: false });
  return true;
}

/** The prepare task of a step has ended, and says what the step is. */
export function startPrepared(move: Move, step: number): boolean {
  if (!move.allowance.admit()) {
    defer(move);
    return false;
  }
  move.effects.push({ kind: 'need', what: 'start', step, prepared: true, laid: undefined, alone: false });
  return true;
}
