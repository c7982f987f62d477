import type { CompiledGraph } from './graph.ts';
import { type WorkflowStatus, workflowTransitions } from './workflow-status.ts';

/** Where a step stands for its workflow. A live step has a task that has not ended; a blocked one has no task. */
export const stepState = { blocked: 0, live: 1, completed: 2, failed: 3, cancelled: 4 } as const;
export type StepState = (typeof stepState)[keyof typeof stepState];

export type WorkflowEvent =
  | { readonly type: 'step-started'; readonly step: number }
  | { readonly type: 'step-completed'; readonly step: number }
  | { readonly type: 'step-failed'; readonly step: number }
  | { readonly type: 'step-cancelled'; readonly step: number }
  | { readonly type: 'cancel-requested' }
  | { readonly type: 'workflow-completed' }
  | { readonly type: 'workflow-failed'; readonly step: number }
  | { readonly type: 'workflow-cancelled' };

/**
 * What deciding the next move of one workflow needs. Owned by one caller: `evolve` changes it in place and gives
 * it back, so that applying an event costs the step's out-degree and never a copy of the whole.
 */
export interface WorkflowState {
  status: WorkflowStatus;
  cancelRequested: boolean;
  /** A `StepState` per step. */
  readonly steps: Uint8Array;
  /** Dependencies of each step that have not completed. */
  readonly waitingFor: Uint16Array;
  live: number;
  /** Steps that have not completed. */
  uncompleted: number;
}

export function initialState(graph: CompiledGraph): WorkflowState {
  return {
    status: 'running',
    cancelRequested: false,
    steps: new Uint8Array(graph.steps.length),
    waitingFor: graph.dependencyCount.slice(),
    live: 0,
    uncompleted: graph.steps.length,
  };
}

export function evolve(graph: CompiledGraph, state: WorkflowState, event: WorkflowEvent): WorkflowState {
  const next = workflowTransitions[state.status][event.type];
  if (next === 'impossible') return state;
  state.status = next;
  switch (event.type) {
    case 'step-started':
      state.steps[event.step] = stepState.live;
      state.live += 1;
      return state;
    case 'step-completed':
      return completeStep(graph, state, event.step);
    case 'step-failed':
      return endStep(state, event.step, stepState.failed);
    case 'step-cancelled':
      return endStep(state, event.step, stepState.cancelled);
    case 'cancel-requested':
      state.cancelRequested = true;
      return state;
    default:
      return state;
  }
}

function completeStep(graph: CompiledGraph, state: WorkflowState, step: number): WorkflowState {
  endStep(state, step, stepState.completed);
  state.uncompleted -= 1;
  const end = graph.successorStart[step + 1] as number;
  for (let s = graph.successorStart[step] as number; s < end; s++) {
    const successor = graph.successors[s] as number;
    state.waitingFor[successor] = (state.waitingFor[successor] as number) - 1;
  }
  return state;
}

function endStep(state: WorkflowState, step: number, as: StepState): WorkflowState {
  if (state.steps[step] === stepState.live) state.live -= 1;
  state.steps[step] = as;
  return state;
}

/** What the database holds of a workflow: its header, and a row for every step that was started. */
export interface StoredWorkflow {
  readonly status: WorkflowStatus;
  readonly cancelRequested: boolean;
  /** Key of the step whose failure ended the workflow. It may have no row: a payload that cannot be made starts nothing. */
  readonly failedStep: string | null;
  readonly steps: readonly { readonly key: string; readonly state: StepState }[];
}

/** The state that its events would have led to, from what they left in the database. */
export function rebuildState(graph: CompiledGraph, stored: StoredWorkflow): WorkflowState {
  const state = initialState(graph);
  for (const { key, state: as } of stored.steps) {
    const step = graph.indexOf.get(key);
    if (step === undefined) continue;
    state.steps[step] = stepState.live;
    state.live += 1;
    if (as === stepState.completed) completeStep(graph, state, step);
    else if (as !== stepState.live) endStep(state, step, as);
  }
  const failed = stored.failedStep === null ? undefined : graph.indexOf.get(stored.failedStep);
  if (failed !== undefined && state.steps[failed] === stepState.blocked) state.steps[failed] = stepState.failed;
  state.status = stored.status;
  state.cancelRequested = stored.cancelRequested;
  return state;
}

/** Steps whose task has not ended. Looks at every step, so it is for rare commands, never for advancing. */
export function liveSteps(state: WorkflowState): number[] {
  const live: number[] = [];
  for (let i = 0; i < state.steps.length; i++) if (state.steps[i] === stepState.live) live.push(i);
  return live;
}
