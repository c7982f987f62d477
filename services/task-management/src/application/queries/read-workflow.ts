import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { CompiledGraphs } from '../compiled-graphs.ts';
import type { ReadingStore, StepRecord } from '../ports/reading-store.ts';
import type { NewTask } from '../task-record.ts';
import type { NewWorkflow, WorkflowRecord } from '../workflow-record.ts';
import { type BatchKey, createBatchedReader, keyText } from './batched-reader.ts';

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

export interface WorkflowReader {
  /** The header alone. */
  header(tenantId: string, id: string): Promise<WorkflowRecord | undefined>;
  /** The header with all steps. */
  view(tenantId: string, id: string): Promise<WorkflowView | undefined>;
}

export interface WorkflowReaderDependencies {
  readonly reading: Pick<ReadingStore, 'readWorkflows' | 'readSteps' | 'readGraph'>;
  readonly graphs: CompiledGraphs;
}

/** Steps that one statement reads; the headers of a batch may name more, and are then served in several. */
const maxStepsPerRead = 10_000;

export function createWorkflowReader({ reading, graphs }: WorkflowReaderDependencies): WorkflowReader {
  const headers = createBatchedReader(readHeaders, { maxKeys: 200, maxInFlight: 2 });
  const views = createBatchedReader(readViews, { maxKeys: 32, maxInFlight: 2 });

  async function readHeaders(keys: readonly BatchKey[]): Promise<Map<string, WorkflowRecord>> {
    return new Map((await reading.readWorkflows(keys)).map((workflow) => [keyText(workflow), workflow]));
  }

  async function readViews(keys: readonly BatchKey[]): Promise<Map<string, WorkflowView>> {
    const workflows = await reading.readWorkflows(keys);
    const found = new Map<string, WorkflowView>();
    for (const some of bySteps(workflows)) {
      // Read after the headers: a final header is then never shown with steps from before its end.
      const records = Map.groupBy(await reading.readSteps(some), ({ workflowId }) => workflowId);
      for (const workflow of some) {
        const steps = viewSteps(await graphOf(workflow), workflow, records.get(workflow.id) ?? []);
        found.set(keyText(workflow), { workflow, steps });
      }
    }
    return found;
  }

  async function graphOf({ tenantId, hash }: WorkflowRecord): Promise<CompiledGraph> {
    const known = graphs.known(hash);
    if (known) return known;
    const text = await reading.readGraph(tenantId, hash);
    if (text === undefined) throw new MissingGraphError(hash);
    return graphs.compiled(hash, text);
  }

  return { header: headers.read, view: views.read };
}

/** A workflow names a graph that its database does not hold. */
export class MissingGraphError extends Error {
  constructor(hash: string) {
    super(`The graph ${hash} is not stored.`);
    this.name = 'MissingGraphError';
  }
}

function bySteps(workflows: readonly WorkflowRecord[]): WorkflowRecord[][] {
  const groups: WorkflowRecord[][] = [];
  let steps = maxStepsPerRead;
  for (const workflow of workflows) {
    steps += workflow.steps;
    if (steps > maxStepsPerRead) {
      groups.push([]);
      steps = workflow.steps;
    }
    groups.at(-1)?.push(workflow);
  }
  return groups;
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
  const records = tasks.map((task) => ({ ...freshStep, workflowId: id, taskId: task.id, step: task.step?.step ?? '' }));
  return { workflow: header, steps: viewSteps(graph, header, records) };
}

const freshStep = {
  status: 'queued',
  attempts: 0,
  result: null,
  resultOmitted: false,
  error: null,
  progress: null,
  startedAt: null,
  finishedAt: null,
} as const;
