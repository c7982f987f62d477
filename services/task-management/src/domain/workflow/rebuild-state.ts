import type { TaskStatus } from '../task/task-status.ts';
import type { CompiledGraph } from './graph.ts';
import { endStepState, isOpen, moveStep } from './step-life.ts';
import { layOutCompensation } from './compensation-order.ts';
import type { RowPart } from './effect.ts';
import {
  compensationState,
  type CompensationState,
  type FanOut,
  initialState,
  stepState,
  type StepState,
  type WorkflowState,
} from './workflow-state.ts';
import type { WorkflowStatus } from './workflow-status.ts';

/** Items are counted, and not read one by one. */
type StoredPart = Exclude<RowPart, 'item'>;

export interface StoredStepRow {
  readonly key: string;
  readonly part: StoredPart;
  readonly status: TaskStatus;
  readonly outcomeUnknown: boolean;
}

/** The items of the present run of a step, as `FanOut` counts them. */
export interface StoredItems {
  readonly key: string;
  readonly total: number;
  readonly laid: number;
  readonly largest: number;
  readonly started: number;
  /** Those that have not started never will. */
  readonly closed: boolean;
  /** Those that a worker skipped among them. */
  readonly completed: number;
  /** Failed and cancelled ones. */
  readonly failed: number;
  /** Those of the failed and cancelled ones whose outcome is unknown. */
  readonly unknown: number;
}

/** A workflow as the database holds it. */
export interface StoredWorkflow {
  readonly status: WorkflowStatus;
  readonly cancelRequested: boolean;
  /** Key of the step whose failure ended the workflow or made it compensate. */
  readonly failedStep: string | null;
  readonly rows: readonly StoredStepRow[];
  /** At least of every fan-out whose own row is live. */
  readonly items: readonly StoredItems[];
}

/** The state that a workflow's inputs led to, from what they left in the database. */
export function rebuildState(graph: CompiledGraph, stored: StoredWorkflow): WorkflowState {
  const state = initialState(graph);
  const { own, prepare, compensation } = rowsByPart(graph, stored.rows);
  state.status = stored.status;
  state.cancelRequested = stored.cancelRequested;
  state.failedStep = stored.failedStep === null ? undefined : graph.indexOf.get(stored.failedStep);
  graph.steps.forEach((_, step) => {
    moveTo(graph, state, step, ownState(graph, step, own.get(step)) ?? preparedState(stored, prepare.get(step)));
  });
  for (const items of stored.items) {
    const step = graph.indexOf.get(items.key);
    if (step !== undefined && state.steps[step] === stepState.fanning) state.fanOuts.set(step, fanOutOf(items));
  }
  if (state.status === 'compensating' || state.status === 'compensation-stuck')
    rebuildCompensation(graph, state, compensation);
  return state;
}

type Rows = ReadonlyMap<number, StoredStepRow>;

function rowsByPart(graph: CompiledGraph, rows: readonly StoredStepRow[]): Record<StoredPart, Rows> {
  const parts = { own: new Map<number, StoredStepRow>(), prepare: new Map(), compensation: new Map() };
  for (const row of rows) {
    const step = graph.indexOf.get(row.key);
    // A blocked row was reset: as if it were not there. A graph that a retry went on with may lack the step.
    if (step !== undefined && row.status !== 'blocked') parts[row.part].set(step, row);
  }
  return parts;
}

function moveTo(graph: CompiledGraph, state: WorkflowState, step: number, to: StepState): void {
  if (isOpen(to)) moveStep(state, step, to);
  else if (to !== stepState.blocked) endStepState(graph, state, step, to);
}

function ownState(graph: CompiledGraph, step: number, row: StoredStepRow | undefined): StepState | undefined {
  if (row === undefined) return undefined;
  const kind = graph.steps[step]?.kind;
  return (
    endedState(row) ?? (kind === 'task' ? stepState.running : kind === 'each' ? stepState.fanning : stepState.waiting)
  );
}

/**
 * A step of which nothing but its prepare task has a row. One that is prepared starts later: in another
 * transaction, or when the workflow is resumed. Where it may not start any more, it never did.
 */
function preparedState({ status, cancelRequested }: StoredWorkflow, row: StoredStepRow | undefined): StepState {
  if (row === undefined) return stepState.blocked;
  if (row.status !== 'completed') return endedState({ ...row, outcomeUnknown: false }) ?? stepState.preparing;
  const mayStart = status === 'running' || status === 'waiting' || status === 'paused';
  return mayStart && !cancelRequested ? stepState.prepared : stepState.blocked;
}

function endedState({ status, outcomeUnknown }: StoredStepRow): StepState | undefined {
  if (status === 'completed' || status === 'skipped') return stepState[status];
  if (status === 'failed') return outcomeUnknown ? stepState.failedUnknown : stepState.failed;
  if (status === 'cancelled') return outcomeUnknown ? stepState.cancelledUnknown : stepState.cancelled;
  return undefined;
}

function fanOutOf({ total, laid, largest, started, completed, failed, unknown, closed }: StoredItems): FanOut {
  return { total, laid, largest, started, completed, failed, unknown, closed };
}

function rebuildCompensation(graph: CompiledGraph, state: WorkflowState, rows: Rows): void {
  const compensated = new Uint8Array(graph.steps.length);
  for (const [step, { status }] of rows) {
    compensated[step] = compensationOf(status);
    if (compensated[step] === compensationState.running) state.live += 1;
  }
  const reason = state.failedStep === undefined ? 'cancelled' : 'step-failed';
  state.compensation = layOutCompensation(graph, state.steps, compensated, reason);
}

function compensationOf(status: TaskStatus): CompensationState {
  // Done by a task that may have found nothing to do, or resolved by hand: nothing follows from the difference.
  if (status === 'completed' || status === 'skipped') return compensationState.done;
  return status === 'failed' || status === 'cancelled' ? compensationState.stuck : compensationState.running;
}
