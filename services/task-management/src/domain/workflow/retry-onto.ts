import type { CompiledGraph } from './graph.ts';
import type { RefusedInput } from './input.ts';
import { markFollowers, refusalOfRetry, stuckSteps } from './retry-from.ts';
import { isSettled } from './step-life.ts';
import { initialState, stepState, type StepState, type WorkflowState } from './workflow-state.ts';

/**
 * A retry that goes on with another graph, in which `from` is a key. Gives the state for that graph, as it ended, and
 * which of its steps run again.
 *
 * What completed and does not run again must stand in the new graph as it did: a step of the same kind and type, with
 * the same dependencies among such steps. What was skipped or failed where that was tolerated runs again if it does not.
 */
export function moveOnto(
  graph: CompiledGraph,
  state: WorkflowState,
  next: CompiledGraph,
  from: string | undefined,
): { readonly state: WorkflowState; readonly reset: readonly number[] } | RefusedInput {
  const refusal = refusalOfRetry(graph, state, from);
  if (refusal) return refusal;
  if (state.status === 'compensation-stuck') return { refusal: 'not_finished', names: stuckSteps(graph, state) };
  const kept = keptKeys(graph, state, next, from);
  const misfits = [...kept].filter((key) => !fits(graph, next, key, kept));
  const completed = misfits.filter((key) => stateOfKey(graph, state, key) === stepState.completed);
  if (completed.length > 0) return { refusal: 'incompatible_graph', names: completed };
  for (const key of misfits) kept.delete(key);

  const moved = initialState(next);
  moved.status = state.status;
  next.steps.forEach(({ key }, step) => {
    if (kept.has(key)) moved.steps[step] = stateOfKey(graph, state, key);
  });
  return { state: moved, reset: next.steps.flatMap(({ key }, step) => (kept.has(key) ? [] : [step])) };
}

function stateOfKey(graph: CompiledGraph, state: WorkflowState, key: string): StepState {
  return state.steps[graph.indexOf.get(key) as number] as StepState;
}

/** Keys of the settled steps that do not follow `from`, neither as they were nor as they are to be. */
function keptKeys(
  graph: CompiledGraph,
  state: WorkflowState,
  next: CompiledGraph,
  from: string | undefined,
): Set<string> {
  if (state.status === 'compensated') return new Set();
  const kept = graph.steps.filter((_, step) => isSettled(graph, step, state.steps[step] as StepState));
  const keys = new Set(kept.map(({ key }) => key));
  for (const each of [graph, next]) {
    const start = from === undefined ? undefined : each.indexOf.get(from);
    if (start === undefined) continue;
    const again = new Uint8Array(each.steps.length);
    markFollowers(each, again, start);
    each.steps.forEach(({ key }, step) => again[step] === 1 && keys.delete(key));
  }
  return keys;
}

function fits(graph: CompiledGraph, next: CompiledGraph, key: string, kept: ReadonlySet<string>): boolean {
  const before = graph.steps[graph.indexOf.get(key) as number];
  const after = next.steps[next.indexOf.get(key) ?? -1];
  if (before === undefined || after === undefined) return false;
  if (before.kind !== after.kind || before.type !== after.type || before.tolerated !== after.tolerated) return false;
  const dependencies = new Set(before.dependsOn.filter((dependency) => kept.has(dependency)));
  const others = after.dependsOn.filter((dependency) => kept.has(dependency));
  return others.length === dependencies.size && others.every((dependency) => dependencies.has(dependency));
}
