import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { CompiledGraphs } from '../compiled-graphs.ts';
import type { ReadingStore, StepRecord } from '../ports/reading-store.ts';
import type { NewTask } from '../task-record.ts';
import type { NewWorkflow, WorkflowRecord } from '../workflow-record.ts';

/** A step as its workflow shows it; without a task it has only a status. */
export interface StepView {
  readonly key: string;
  readonly type: string;
  readonly status: TaskStatus;
  readonly dependsOn: readonly string[];
  readonly task: StepRecord | undefined;
  /** JSON text: why a step that never had a task failed. */
  readonly error: string | undefined;
}

export interface WorkflowView {
  readonly workflow: WorkflowRecord;
  readonly steps: readonly StepView[];
}

export interface ReadWorkflowDependencies {
  readonly reading: Pick<ReadingStore, 'readWorkflow' | 'readSteps'>;
  readonly graphs: CompiledGraphs;
}

export function readWorkflow({ reading, graphs }: ReadWorkflowDependencies) {
  return async (tenantId: string, id: string): Promise<WorkflowView | undefined> => {
    const stored = await reading.readWorkflow(tenantId, id);
    if (stored === undefined) return undefined;
    // Read after the header: a final header is then never shown with steps from before its end.
    const records = await reading.readSteps(tenantId, id);
    const graph = graphs.compiled(stored.hash, stored.graph);
    return { workflow: stored, steps: viewSteps(graph, stored, records) };
  };
}

export function viewSteps(
  graph: CompiledGraph,
  workflow: Pick<WorkflowRecord, 'status' | 'failedStep' | 'error'>,
  records: readonly StepRecord[],
): StepView[] {
  const tasks = new Map(records.map((record) => [record.step, record]));
  const unstarted: TaskStatus = isFinalWorkflow(workflow.status) ? 'skipped' : 'blocked';
  return graph.steps.map(({ key, type, dependsOn }) => {
    const task = tasks.get(key);
    if (task) return { key, type, status: task.status, dependsOn, task, error: undefined };
    if (key !== workflow.failedStep) return { key, type, status: unstarted, dependsOn, task, error: undefined };
    return { key, type, status: 'failed', dependsOn, task, error: workflow.error ?? undefined };
  });
}

/** What `readWorkflow` would give right after the start, without reading. */
export function startedView(workflow: NewWorkflow, tasks: readonly NewTask[]): WorkflowView {
  const { tenantId, id, name, version, stored, input, createdAt } = workflow;
  const { hash, graph } = stored;
  const header: WorkflowRecord = {
    tenantId,
    id,
    name,
    version: version ?? null,
    hash,
    steps: graph.steps.length,
    status: 'running',
    input,
    output: null,
    error: null,
    failedStep: null,
    cancelRequested: false,
    createdAt,
    finishedAt: null,
  };
  const records = tasks.map((task) => ({ ...freshStep, taskId: task.id, step: task.step?.step ?? '' }));
  return { workflow: header, steps: viewSteps(graph, header, records) };
}

const freshStep = {
  status: 'queued',
  attempts: 0,
  result: null,
  error: null,
  progress: null,
  startedAt: null,
  finishedAt: null,
} as const;
