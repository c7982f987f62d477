import type { CompiledGraph } from './graph.ts';
import { isOpen } from './step-life.ts';
import { type Compensation, stepState, type StepState, undoState } from './workflow-state.ts';
import type { CompensationReason } from './workflow-event.ts';

/*
 * A step is undone when it has ended and everything that follows it is passed. A step is passed when all its followers
 * are, and it is undone, or has nothing to undo, or never started. So of two steps with a path between them the later
 * one is undone first, even where the steps between have nothing to undo.
 */

type Undoing = Pick<Compensation, 'undo' | 'kept'>;

/** It did its work or may have done it, it can be undone, and no point of no return stands at or after it. */
export function needsUndo(graph: CompiledGraph, steps: Uint8Array, { kept }: Undoing, step: number): boolean {
  return kept[step] === 0 && graph.steps[step]?.compensation !== undefined && mayHaveWorked(steps[step] as StepState);
}

export function mayHaveWorked(state: StepState): boolean {
  return state === stepState.completed || state === stepState.failedUnknown || state === stepState.cancelledUnknown;
}

/** With its followers passed, it is passed too. */
export function isPassive(graph: CompiledGraph, steps: Uint8Array, undoing: Undoing, step: number): boolean {
  if (undoing.undo[step] === undoState.undone) return true;
  return !isOpen(steps[step] as StepState) && !needsUndo(graph, steps, undoing, step);
}

/** The undoing of a workflow whose steps stand so, and of which so much is undone. Costs the graph. */
export function layOutUndo(
  graph: CompiledGraph,
  steps: Uint8Array,
  undo: Uint8Array,
  reason: CompensationReason,
): Compensation {
  const kept = keptSteps(graph, steps);
  const waitingFor = new Uint16Array(steps.length);
  const undoing = { undo, kept };
  for (let at = graph.order.length - 1; at >= 0; at--) {
    const step = graph.order[at] as number;
    if (waitingFor[step] === 0 && isPassive(graph, steps, undoing, step)) continue;
    const end = graph.predecessorStart[step + 1] as number;
    for (let p = graph.predecessorStart[step] as number; p < end; p++) {
      const before = graph.predecessors[p] as number;
      waitingFor[before] = (waitingFor[before] as number) + 1;
    }
  }
  const stuck = undo.reduce((sum, state) => (state === undoState.stuck ? sum + 1 : sum), 0);
  const begun = undo.reduce((sum, state) => (state === undoState.none ? sum : sum + 1), 0);
  return { reason, undo, waitingFor, kept, stuck, begun };
}

/** 1 for each step at or before a completed point of no return. Costs the graph. */
export function keptSteps(graph: CompiledGraph, steps: Uint8Array): Uint8Array {
  const kept = new Uint8Array(steps.length);
  for (let at = graph.order.length - 1; at >= 0; at--) {
    const step = graph.order[at] as number;
    if (graph.steps[step]?.commit && steps[step] === stepState.completed) kept[step] = 1;
    if (kept[step] === 0) continue;
    const end = graph.predecessorStart[step + 1] as number;
    for (let p = graph.predecessorStart[step] as number; p < end; p++) kept[graph.predecessors[p] as number] = 1;
  }
  return kept;
}

/** A point of no return completed while others are undone. Each step is marked at most once. */
export function keepBefore(graph: CompiledGraph, kept: Uint8Array, commit: number): void {
  const marked = kept[commit] === 0 ? [commit] : [];
  kept[commit] = 1;
  for (let step = marked.pop(); step !== undefined; step = marked.pop()) {
    const end = graph.predecessorStart[step + 1] as number;
    for (let p = graph.predecessorStart[step] as number; p < end; p++) {
      const before = graph.predecessors[p] as number;
      if (kept[before] === 1) continue;
      kept[before] = 1;
      marked.push(before);
    }
  }
}

/** The step is passed. Costs its in-degree. */
export function passStep(graph: CompiledGraph, { waitingFor }: Compensation, step: number): void {
  const end = graph.predecessorStart[step + 1] as number;
  for (let p = graph.predecessorStart[step] as number; p < end; p++) {
    const before = graph.predecessors[p] as number;
    waitingFor[before] = (waitingFor[before] as number) - 1;
  }
}
