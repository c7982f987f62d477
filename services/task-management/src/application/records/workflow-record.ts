import { derivedId } from '@taskflow/kit-time';
import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import type { WaitKind } from '../../domain/workflow/wait-kinds.ts';
import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';

/** A checked graph with the text that it was made from; the hash of that text names it. */
export interface StoredGraph {
  readonly hash: string;
  readonly text: string;
  readonly graph: CompiledGraph;
}

export interface WorkflowOptions {
  /** For steps that have none of their own. */
  readonly priority?: number;
  readonly traceparent?: string;
  /** How many workflows stand above it; absent at the top. */
  readonly depth?: number;
  /** Id of the workflow at the top, where that is another one. */
  readonly root?: string;
}

/** The step that started a workflow. */
export interface ParentStep {
  readonly id: string;
  /** Key of the step. */
  readonly step: string;
}

/** A workflow that is to be inserted and announced. `input` is JSON text. */
export interface NewWorkflow {
  readonly tenantId: string;
  readonly id: string;
  readonly name: string;
  readonly version: number | undefined;
  readonly stored: Pick<StoredGraph, 'hash' | 'graph'>;
  readonly input: string;
  readonly options: WorkflowOptions;
  readonly parent?: ParentStep | undefined;
  /** After its first steps have started. */
  readonly status: WorkflowStatus;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** A step that began to wait, or what a transaction left to the next. */
export interface NewWait {
  readonly tenantId: string;
  readonly workflowId: string;
  /** Key of the step; what is left of the workflow as a whole has a name that no step can have. */
  readonly step: string;
  readonly kind: StoredWaitKind;
  /** Epoch milliseconds by this process's clock. */
  readonly dueAt: number;
  /**
   * Milliseconds from the beginning, which the database counts by its own clock, because that clock says when it is
   * over. Null: `dueAt` is an instant that somebody named.
   */
  readonly afterMs: number | null;
  /** Of the signal or event; of rows of a workflow that was given up, which ones. */
  readonly name: string | null;
  /**
   * Of the event; of items, how many have rows; of children to be cancelled, the number of the first step; of rows that
   * are gone through, the last one that was looked at.
   */
  readonly key: string | null;
}

/**
 * A kind of stored wait: what ends a step's wait; and what a transaction leaves to the next, due at once: `begin` what
 * of the workflow may start, `items` rows of a fan-out's further items, `close` items that never start, `cancel`
 * children and `cancel-tasks` tasks that are to be asked to end, `discard` rows of a workflow that was given up.
 */
export type StoredWaitKind = 'begin' | 'items' | 'close' | 'cancel' | 'cancel-tasks' | 'discard' | WaitKind;

/** In the place of a step's key. No key is empty or holds a slash. */
export const restOfWorkflow = '';
export const restOfCancels = '/cancel';
export const restOfTasks = '/cancel-tasks';
export const restOfDiscard = '/discard';
/** After the key of a fan-out. */
export const restOfItems = '/close';

/** A workflow's row. Texts are JSON, instants epoch milliseconds. */
export interface WorkflowRecord {
  readonly tenantId: string;
  readonly id: string;
  readonly name: string;
  readonly version: number | null;
  readonly hash: string;
  readonly steps: number;
  readonly status: WorkflowStatus;
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly failedStep: string | null;
  readonly cancelRequested: boolean;
  readonly cancelReason: string | null;
  /** Why it is, or was last, paused. */
  readonly pauseReason: string | null;
  /** The workflow and step that started this one. */
  readonly parentId: string | null;
  readonly parentStep: string | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  readonly stuckAt: number | null;
  /** The status that it goes on with when it is no longer stuck. */
  readonly stuckFrom: WorkflowStatus | null;
  readonly stuckError: string | null;
}

/** The workflow that a step starts: the same id whenever it is asked for, another one for each generation of the step. */
export function childWorkflowId(workflowId: string, stepKey: string, generation: number): string {
  return derivedId(workflowId, `${stepKey}/child/${generation}`);
}

/** Work of a step carries its workflow's identity; its own task id is derived from it, so it is the same each time. */
export function stepTaskName(stepKey: string, generation: number): string {
  return `${stepKey}/${generation}`;
}
