import type { CompiledGraph } from './graph.ts';
import { isOpen } from './step-life.ts';
import { keptSteps, mayHaveWorked } from './undo-order.ts';
import { stateOf, stepState, type StepState, undoState, type WorkflowState } from './workflow-state.ts';

export interface CompensationPlan {
  readonly compensations: readonly PlannedCompensation[];
  /** Completed steps at or before a completed point of no return. */
  readonly pastPointOfNoReturn: readonly string[];
  /** Completed steps that did something and have nothing to undo it. */
  readonly withoutCompensation: readonly string[];
}

/** Those of one `order` are undone at the same time, lower ones first. */
export interface PlannedCompensation {
  readonly step: string;
  readonly type: string;
  readonly order: number;
  /** `running` and `unknown` ones are undone only if they did, or may have done, their work. */
  readonly because: 'completed' | 'running' | 'unknown';
}

/** What a cancel with compensation would do now; of one that is being undone, what is left to do. Costs the graph. */
export function planCompensation(graph: CompiledGraph, state: WorkflowState): CompensationPlan {
  const kept = keptSteps(graph, state.steps);
  const order = new Uint16Array(graph.steps.length);
  const compensations: PlannedCompensation[] = [];
  for (let at = graph.order.length - 1; at >= 0; at--) {
    const step = graph.order[at] as number;
    const because = kept[step] === 1 ? undefined : reasonToUndo(graph, state, step);
    const { key, compensation } = graph.steps[step] ?? {};
    const own = order[step] as number;
    if (because && key !== undefined && compensation) {
      compensations.push({ step: key, type: compensation.type, order: own, because });
    }
    const end = graph.predecessorStart[step + 1] as number;
    for (let p = graph.predecessorStart[step] as number; p < end; p++) {
      const before = graph.predecessors[p] as number;
      order[before] = Math.max(order[before] as number, because ? own + 1 : own);
    }
  }
  const completed = graph.steps.filter((_, step) => state.steps[step] === stepState.completed);
  const isKept = (key: string) => kept[graph.indexOf.get(key) as number] === 1;
  return {
    compensations: compensations.sort((a, b) => a.order - b.order),
    pastPointOfNoReturn: completed.filter(({ key }) => isKept(key)).map(({ key }) => key),
    withoutCompensation: completed
      .filter(({ key, kind, compensation }) => !isKept(key) && !compensation && doesSomething.has(kind))
      .map(({ key }) => key),
  };
}

const doesSomething: ReadonlySet<string> = new Set(['task', 'each', 'child']);

function reasonToUndo(
  graph: CompiledGraph,
  state: WorkflowState,
  step: number,
): 'completed' | 'running' | 'unknown' | undefined {
  const undo = state.compensation?.undo[step];
  if (graph.steps[step]?.compensation === undefined) return undefined;
  if (undo === undoState.undone) return undefined;
  const at: StepState = stateOf(state, step);
  if (at === stepState.completed) return 'completed';
  if (isOpen(at)) return 'running';
  return mayHaveWorked(at) ? 'unknown' : undefined;
}
