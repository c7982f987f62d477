import type { CompiledGraph } from './graph.ts';
import { isOpen } from './step-life.ts';
import {
  type Compensation,
  type CompensationReason,
  compensationState,
  stepState,
  type StepState,
} from './workflow-state.ts';

/*
 * A step is compensated when it has ended and everything that follows it is done. A step is done when all its followers
 * are, and it is compensated, or has nothing to compensate, or never started. So of two steps with a path between them
 * the later one is compensated first, even where the steps between have nothing to compensate.
 */

type Progress = Pick<Compensation, 'steps' | 'committed'>;

/** It did its work or may have done it, it can be compensated, and no point of no return stands at or after it. */
export function needsCompensation(
  graph: CompiledGraph,
  steps: Uint8Array,
  { committed }: Progress,
  step: number,
): boolean {
  return (
    committed[step] === 0 && graph.steps[step]?.compensation !== undefined && mayHaveWorked(steps[step] as StepState)
  );
}

export function mayHaveWorked(state: StepState): boolean {
  return state === stepState.completed || state === stepState.failedUnknown || state === stepState.cancelledUnknown;
}

/** With its followers done, it is done too. */
export function isPassive(graph: CompiledGraph, steps: Uint8Array, progress: Progress, step: number): boolean {
  if (progress.steps[step] === compensationState.done) return true;
  return !isOpen(steps[step] as StepState) && !needsCompensation(graph, steps, progress, step);
}

/** The compensation of a workflow whose steps stand so, and of which so much has happened. Costs the graph. */
export function layOutCompensation(
  graph: CompiledGraph,
  steps: Uint8Array,
  compensated: Uint8Array,
  reason: CompensationReason,
): Compensation {
  const committed = committedSteps(graph, steps);
  const waitingFor = new Uint16Array(steps.length);
  const progress = { steps: compensated, committed };
  for (let at = graph.order.length - 1; at >= 0; at--) {
    const step = graph.order[at] as number;
    if (waitingFor[step] === 0 && isPassive(graph, steps, progress, step)) continue;
    for (const before of predecessorsOf(graph, step)) waitingFor[before] = (waitingFor[before] as number) + 1;
  }
  const stuck = compensated.reduce((sum, state) => (state === compensationState.stuck ? sum + 1 : sum), 0);
  const started = compensated.reduce((sum, state) => (state === compensationState.none ? sum : sum + 1), 0);
  return { reason, steps: compensated, waitingFor, committed, stuck, started };
}

/** 1 for each step at or before a completed point of no return. Costs the graph. */
export function committedSteps(graph: CompiledGraph, steps: Uint8Array): Uint8Array {
  const committed = new Uint8Array(steps.length);
  for (let at = graph.order.length - 1; at >= 0; at--) {
    const step = graph.order[at] as number;
    if (graph.steps[step]?.commit && steps[step] === stepState.completed) committed[step] = 1;
    if (committed[step] === 0) continue;
    for (const before of predecessorsOf(graph, step)) committed[before] = 1;
  }
  return committed;
}

/** A point of no return completed while others are compensated. Each step is marked at most once. */
export function commitBefore(graph: CompiledGraph, committed: Uint8Array, commit: number): void {
  const marked = committed[commit] === 0 ? [commit] : [];
  committed[commit] = 1;
  for (let step = marked.pop(); step !== undefined; step = marked.pop()) {
    for (const before of predecessorsOf(graph, step)) {
      if (committed[before] === 1) continue;
      committed[before] = 1;
      marked.push(before);
    }
  }
}

/** The step is done. Costs its in-degree. */
export function markDone(graph: CompiledGraph, { waitingFor }: Compensation, step: number): void {
  for (const before of predecessorsOf(graph, step)) waitingFor[before] = (waitingFor[before] as number) - 1;
}

/** Steps that this one depends on. */
export function predecessorsOf(graph: CompiledGraph, step: number): Uint32Array {
  return graph.predecessors.subarray(graph.predecessorStart[step], graph.predecessorStart[step + 1]);
}
