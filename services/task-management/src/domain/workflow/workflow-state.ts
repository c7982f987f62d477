import type { CompiledGraph } from './graph.ts';
import type { CompensationReason } from './workflow-event.ts';
import type { WorkflowStatus } from './workflow-status.ts';

/**
 * Where a step stands for its workflow.
 *
 * - `blocked`: waits for others, or is kept from starting.
 * - `starting`: is to begin; what it is has not been worked out.
 * - `preparing`: its prepare task has not ended. `prepared`: it has, and the step may not begin while it is paused.
 * - `running`: its task has not ended. `waiting`: it sleeps, or waits for a signal, an event or a child.
 * - `fanning`: its items have not ended, or their results are to be put together.
 * - `failedUnknown`, `cancelledUnknown`: it may have done its work, or a part of it.
 */
export const stepState = {
  blocked: 0,
  starting: 1,
  preparing: 2,
  prepared: 3,
  running: 4,
  waiting: 5,
  fanning: 6,
  completed: 7,
  skipped: 8,
  failed: 9,
  failedUnknown: 10,
  cancelled: 11,
  cancelledUnknown: 12,
} as const;
export type StepState = (typeof stepState)[keyof typeof stepState];

/** Where the undoing of a step stands; `none` also while it waits for its turn, `undone` by a task or by hand. */
export const undoState = { none: 0, running: 1, stuck: 2, undone: 3 } as const;
export type UndoState = (typeof undoState)[keyof typeof undoState];

/** The items of one step. Those that started and have not ended are at work. */
export interface FanOut {
  readonly total: number;
  /** The first so many have rows; the others get theirs in later turns. */
  laid: number;
  /** Most bytes that one of them carries. */
  readonly largest: number;
  started: number;
  completed: number;
  /** Cancelled ones among them. */
  failed: number;
  /** Failed ones that may have done their work. */
  unknown: number;
  /** Those that have not started never will. */
  closed: boolean;
}

/** The undoing of a workflow, laid out when it begins. */
export interface Compensation {
  readonly reason: CompensationReason;
  /** An `UndoState` per step. */
  readonly undo: Uint8Array;
  /** Followers of each step that stand between it and its undoing: not ended, not undone, or behind such ones. */
  readonly waitingFor: Uint16Array;
  /** 1 for each step at or before a completed point of no return. */
  readonly kept: Uint8Array;
  stuck: number;
  /** Steps whose undoing has begun, or was settled by hand. */
  begun: number;
}

/**
 * What deciding the next move of one workflow needs. Owned by one caller: `evolve` changes it in place, so that
 * applying an event costs the step's degree and never a copy of the whole.
 */
export interface WorkflowState {
  status: WorkflowStatus;
  cancelRequested: boolean;
  /** The step whose failure ended the workflow or made it compensate. */
  failedStep: number | undefined;
  /** A `StepState` per step. */
  readonly steps: Uint8Array;
  /** Dependencies of each step that are not settled: completed, skipped, or failed where that is tolerated. */
  readonly waitingFor: Uint16Array;
  /** Steps from `starting` to `fanning` without the waiting ones, and compensations at work. */
  live: number;
  /** Steps that wait. */
  waiting: number;
  /** Steps that are not settled. */
  unsettled: number;
  /** By step, while it is `fanning`. */
  readonly fanOuts: Map<number, FanOut>;
  compensation: Compensation | undefined;
}

export function initialState(graph: CompiledGraph): WorkflowState {
  return {
    status: 'running',
    cancelRequested: false,
    failedStep: undefined,
    steps: new Uint8Array(graph.steps.length),
    waitingFor: graph.dependencyCount.slice(),
    live: 0,
    waiting: 0,
    unsettled: graph.steps.length,
    fanOuts: new Map(),
    compensation: undefined,
  };
}

/** Nothing of it is at work and nothing waits. */
export function isAtRest(state: WorkflowState): boolean {
  return state.live === 0 && state.waiting === 0;
}

/** Steps go on to begin: it is neither paused, nor asked to end, nor over. */
export function isGoingOn(state: WorkflowState): boolean {
  return (state.status === 'running' || state.status === 'waiting') && !state.cancelRequested;
}

/** Items that have started and not ended. */
export function itemsAtWork({ started, completed, failed }: FanOut): number {
  return started - completed - failed;
}

export function stateOf(state: WorkflowState, step: number): StepState {
  return state.steps[step] as StepState;
}
