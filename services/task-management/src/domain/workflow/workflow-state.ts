import type { CompiledGraph } from './graph.ts';
import { workflowMoves, type WorkflowStatus } from './workflow-status.ts';

/**
 * Says where a step stands for its workflow.
 *
 * - `blocked`: waits for others, or is kept from starting.
 * - `ready`: it starts; what it is has not been worked out.
 * - `preparing`: its prepare task has not ended. `prepared`: it has, and what the step is has not been worked out.
 * - `running`: its task has not ended. `waiting`: it sleeps, or waits for a signal, an event or a child.
 * - `fanning`: its items have not ended, or their results are to be joined.
 * - `failedUnknown`, `cancelledUnknown`: it may have done its work, or a part of it.
 */
export const stepState = {
  blocked: 0,
  ready: 1,
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

/**
 * Says where the compensation of a step stands; `none` also while it waits for its turn, `done` by a task or by hand.
 */
export const compensationState = { none: 0, running: 1, stuck: 2, done: 3 } as const;
export type CompensationState = (typeof compensationState)[keyof typeof compensationState];

/** The items of one step. Those that started and have not ended are at work. */
export interface FanOut {
  readonly total: number;
  /** The first so many have rows; the others get theirs in later transactions. */
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

/** Says why finished steps are compensated. */
export type CompensationReason = 'step-failed' | 'cancelled';

/** The compensation of a workflow, laid out when it begins. */
export interface Compensation {
  readonly reason: CompensationReason;
  /** A `CompensationState` per step. */
  readonly steps: Uint8Array;
  /** Followers of each step that stand between it and its compensation: not ended, not done, or behind such ones. */
  readonly waitingFor: Uint16Array;
  /** 1 for each step at or before a completed point of no return. */
  readonly committed: Uint8Array;
  stuck: number;
  /** Steps whose compensation has started, or was resolved by hand. */
  started: number;
}

/** The state from which the next move of one workflow follows. Owned by one caller, and moved in place. */
export interface WorkflowState {
  status: WorkflowStatus;
  cancelRequested: boolean;
  /** The step whose failure ended the workflow or made it compensate. */
  failedStep: number | undefined;
  /** A `StepState` per step. */
  readonly steps: Uint8Array;
  /** Dependencies of each step that are not settled: completed, skipped, or failed where that is tolerated. */
  readonly waitingFor: Uint16Array;
  /** Steps from `ready` to `fanning` without the waiting ones, and compensations at work. */
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

/** Steps go on to start: it is neither paused, nor asked to end, nor over. */
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

/** A rule of this domain is broken: nothing that follows from it may be written. */
class ImpossibleMoveError extends Error {
  constructor(from: WorkflowStatus, to: WorkflowStatus) {
    super(`A workflow cannot go from ${from} to ${to}.`);
    this.name = 'ImpossibleMoveError';
  }
}

export function moveTo(state: WorkflowState, status: WorkflowStatus): void {
  if (state.status === status) return;
  if (!workflowMoves[state.status].includes(status)) throw new ImpossibleMoveError(state.status, status);
  state.status = status;
}
