import { compileGraph } from '../../domain/workflow/compile-graph.ts';
import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import { rebuildState, type StepState, stepState, type WorkflowState } from '../../domain/workflow/workflow-state.ts';
import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { StepStatusRow, StoredRun } from '../ports/advance-store.ts';
import type { WorkflowSubject } from '../workflow-events.ts';
import type { NewWorkflow, WorkflowOptions } from '../workflow-record.ts';

/** A workflow as its owner holds it in memory while it runs. */
export interface WorkflowRun extends WorkflowSubject {
  readonly graph: CompiledGraph;
  /** JSON text. */
  readonly input: string;
  /** For steps that have none of their own. */
  readonly priority: number | undefined;
  cancelReason: string | null;
  state: WorkflowState;
}

export function runOfNew(workflow: NewWorkflow, state: WorkflowState): WorkflowRun {
  return {
    tenantId: workflow.tenantId,
    id: workflow.id,
    name: workflow.name,
    version: workflow.version,
    traceparent: workflow.options.traceparent,
    createdAt: workflow.createdAt,
    graph: workflow.stored.graph,
    input: workflow.input,
    priority: workflow.options.priority,
    cancelReason: null,
    state,
  };
}

/** A stored graph that does not compile was written by nobody who followed the rules. */
export class CorruptGraphError extends Error {
  constructor(hash: string) {
    super(`The stored graph ${hash} is not valid.`);
    this.name = 'CorruptGraphError';
  }
}

export function compileStored(hash: string, text: string): CompiledGraph {
  const compilation = compileGraph(JSON.parse(text));
  if ('problems' in compilation) throw new CorruptGraphError(hash);
  return compilation.graph;
}

/**
 * Rebuilds a run from its rows. `undecided` are tasks that ended in the current transaction: their rows say so
 * already, but what follows has not been decided, so for the workflow they are still live.
 */
export function rebuildRun(
  stored: StoredRun,
  graph: CompiledGraph,
  rows: readonly StepStatusRow[],
  undecided: ReadonlySet<string>,
): WorkflowRun {
  const options: WorkflowOptions = stored.options === null ? {} : (JSON.parse(stored.options) as WorkflowOptions);
  const steps = rows.map((row) => ({
    key: row.step,
    state: undecided.has(row.taskId) ? stepState.live : stepStateOf(row.status),
  }));
  const { status, cancelRequested, failedStep } = stored;
  return {
    tenantId: stored.tenantId,
    id: stored.id,
    name: stored.name,
    version: stored.version ?? undefined,
    traceparent: options.traceparent,
    createdAt: stored.createdAt,
    graph,
    input: stored.input,
    priority: options.priority,
    cancelReason: stored.cancelReason,
    state: rebuildState(graph, { status, cancelRequested, failedStep, steps }),
  };
}

function stepStateOf(status: TaskStatus): StepState {
  if (status === 'completed' || status === 'failed' || status === 'cancelled') return stepState[status];
  return stepState.live;
}
