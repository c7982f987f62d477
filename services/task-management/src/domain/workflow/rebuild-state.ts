import type { TaskStatus } from '../task/task-status.ts';
import type { CompiledGraph } from './graph.ts';
import { initialState, type WorkflowState } from './workflow-state.ts';
import type { WorkflowStatus } from './workflow-status.ts';

/** What a row of a step does for it: its own row, or that of its prepare task or its compensation. */
export type RowPart = 'own' | 'prepare' | 'compensation';

export interface StoredStepRow {
  readonly key: string;
  readonly part: RowPart;
  /** Of a compensation, `skipped` means settled by hand. */
  readonly status: TaskStatus;
  readonly outcomeUnknown: boolean;
}

/** The items of the present run of a step; the rest of `total` is live or was closed. */
export interface StoredItems {
  readonly key: string;
  readonly total: number;
  readonly blocked: number;
  /** Closed ones: they never started. */
  readonly skipped: number;
  readonly completed: number;
  /** Failed and cancelled ones. */
  readonly failed: number;
  /** Those of the failed and cancelled ones whose outcome is unknown. */
  readonly unknown: number;
}

/** What the database holds of a workflow. */
export interface StoredWorkflow {
  readonly status: WorkflowStatus;
  readonly cancelRequested: boolean;
  /** Key of the step whose failure ended the workflow or made it compensate. */
  readonly failedStep: string | null;
  readonly rows: readonly StoredStepRow[];
  /** At least of every fan-out whose own row is live. */
  readonly items: readonly StoredItems[];
  /** Keys of first steps whose beginning waits to be decided. */
  readonly begins: readonly string[];
}

/** The state that its events would have led to, from what they left in the database. */
export function rebuildState(graph: CompiledGraph, _stored: StoredWorkflow): WorkflowState {
  return initialState(graph);
}
