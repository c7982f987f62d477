import type { CompiledGraph } from './graph.ts';
import { isOpen } from './step-life.ts';
import { committedSteps, mayHaveWorked, predecessorsOf } from './compensation-order.ts';
import { compensationState, stateOf, stepState, type StepState, type WorkflowState } from './workflow-state.ts';

export interface CompensationPlan {
  readonly compensations: readonly PlannedCompensation[];
  /** Completed steps at or before a completed point of no return. */
  readonly pastPointOfNoReturn: readonly string[];
  /** Completed steps that did something and have nothing to compensate it. */
  readonly withoutCompensation: readonly string[];
}

/** A planned compensation has an `order`: those of one are compensated at the same time, lower ones first. */
export interface PlannedCompensation {
  readonly step: string;
  readonly type: string;
  readonly order: number;
  /** `running` and `unknown` ones are compensated only if they did, or may have done, their work. */
  readonly because: 'completed' | 'running' | 'unknown';
}

/**
 * Plans what a cancel with compensation would do now; of one that is being compensated, what is left to do. Costs the
 * graph.
 */
export function planCompensation(graph: CompiledGraph, state: WorkflowState): CompensationPlan {
  const committed = committedSteps(graph, state.steps);
  const order = new Uint16Array(graph.steps.length);
  const compensations: PlannedCompensation[] = [];
  for (let at = graph.order.length - 1; at >= 0; at--) {
    const step = graph.order[at] as number;
    const because = committed[step] === 1 ? undefined : reasonToCompensate(graph, state, step);
    const { key, compensation } = graph.steps[step] ?? {};
    const own = order[step] as number;
    if (because && key !== undefined && compensation) {
      compensations.push({ step: key, type: compensation.type, order: own, because });
    }
    for (const before of predecessorsOf(graph, step)) {
      order[before] = Math.max(order[before] as number, because ? own + 1 : own);
    }
  }
  const completed = graph.steps.filter((_, step) => state.steps[step] === stepState.completed);
  const isCommitted = (key: string) => committed[graph.indexOf.get(key) as number] === 1;
  return {
    compensations: compensations.sort((a, b) => a.order - b.order),
    pastPointOfNoReturn: completed.filter(({ key }) => isCommitted(key)).map(({ key }) => key),
    withoutCompensation: completed
      .filter(({ key, kind, compensation }) => !isCommitted(key) && !compensation && doesSomething.has(kind))
      .map(({ key }) => key),
  };
}

const doesSomething: ReadonlySet<string> = new Set(['task', 'each', 'child']);

function reasonToCompensate(
  graph: CompiledGraph,
  state: WorkflowState,
  step: number,
): 'completed' | 'running' | 'unknown' | undefined {
  if (graph.steps[step]?.compensation === undefined) return undefined;
  if (state.compensation?.steps[step] === compensationState.done) return undefined;
  const at: StepState = stateOf(state, step);
  if (at === stepState.completed) return 'completed';
  if (isOpen(at)) return 'running';
  return mayHaveWorked(at) ? 'unknown' : undefined;
}
