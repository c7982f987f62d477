import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { CompiledGraph, CompiledStep, StepKind } from '../../domain/workflow/graph.ts';
import { commitBefore } from '../../domain/workflow/compensation-order.ts';
import { isFinalWorkflow, type WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import { type ManagementBounds, managementBounds } from '../bounds.ts';
import type { CompiledGraphs } from '../graphs/compiled-graphs.ts';
import type { ItemsRecord, ReadingStore, StepRecord, WaitRecord } from '../ports/reading-store.ts';
import type { FirstSteps } from '../advance/first-steps.ts';
import { rowId } from '../advance/workflow-instance.ts';
import { stepAddress } from '../records/step-address.ts';
import { firstGeneration, type NewTask } from '../records/task-record.ts';
import { childWorkflowId, type WorkflowRecord } from '../records/workflow-record.ts';
import { type BatchKey, createBatchedReader } from './batched-reader.ts';

/** A step as its workflow shows it; without a row of its own it has only a status. */
export interface StepView {
  readonly key: string;
  readonly type: string;
  readonly kind: StepKind;
  readonly status: TaskStatus;
  readonly dependsOn: readonly string[];
  readonly task: StepRecord | undefined;
  /** JSON text: why a step that never had a task failed. */
  readonly error: string | undefined;
  readonly compensation: CompensationView | undefined;
  readonly waitsFor: WaitRecord | undefined;
  readonly items: ItemsRecord | undefined;
  readonly childId: string | undefined;
}

/** `task` is absent while it waits for its turn. */
export interface CompensationView {
  readonly status: 'pending' | 'queued' | 'running' | 'retrying' | 'completed' | 'failed' | 'settled';
  readonly task: StepRecord | undefined;
}

export interface WorkflowView {
  readonly workflow: WorkflowRecord;
  readonly graph: CompiledGraph;
  readonly steps: readonly StepView[];
  /** Its graph cannot be read, so that there are no steps to show. */
  readonly isUnreadable: boolean;
}

export interface WorkflowReader {
  /** The header alone. */
  header(tenantId: string, id: string): Promise<WorkflowRecord | undefined>;
  /** The header with all steps. */
  view(tenantId: string, id: string): Promise<WorkflowView | undefined>;
}

export interface WorkflowReaderDependencies {
  readonly reading: Pick<
    ReadingStore,
    'readWorkflows' | 'readSteps' | 'readStepRows' | 'readItems' | 'readWaits' | 'readGraph'
  >;
  readonly graphs: CompiledGraphs;
  readonly bounds?: Pick<ManagementBounds, 'stepsPerRead' | 'viewsPerRead'>;
}

export function createWorkflowReader(dependencies: WorkflowReaderDependencies): WorkflowReader {
  const { reading, graphs, bounds = managementBounds } = dependencies;
  const headers = createBatchedReader((keys) => reading.readWorkflows(keys), { maxKeys: 200, maxInFlight: 2 });
  const views = createBatchedReader(readViews, { maxKeys: bounds.viewsPerRead, maxInFlight: 2 });

  async function readViews(keys: readonly BatchKey[]) {
    const { items: workflows, covered } = await reading.readWorkflows(keys);
    const found: (WorkflowView & BatchKey)[] = [];
    for (const some of bySteps(workflows, bounds.stepsPerRead)) {
      const graphsOf = await Promise.all(some.map(async (workflow) => ({ workflow, graph: await graphOf(workflow) })));
      // Read after the headers: a final header is then never shown with steps from before its end.
      const rowsOf = await readRows(graphsOf);
      for (const { workflow, graph } of graphsOf) {
        const steps = viewSteps(graph, workflow, rowsOf(workflow.id));
        const { tenantId, id } = workflow;
        found.push({ tenantId, id, workflow, graph, steps, isUnreadable: graph === noGraph });
      }
    }
    return { items: found, covered };
  }

  /** Items and waits are asked for where the graph can have them. */
  async function readRows(some: readonly { workflow: WorkflowRecord; graph: CompiledGraph }[]) {
    const isFanning = ({ graph }: (typeof some)[number]) => graph.steps.some(({ kind }) => kind === 'each');
    const fanning = some.filter(isFanning);
    const plain = some.filter((one) => !isFanning(one)).map(({ workflow }) => workflow);
    const waiting = some.filter(
      ({ graph, workflow }) => !isFinalWorkflow(workflow.status) && graph.steps.some(({ kind }) => kind !== 'task'),
    );
    const [records, rows, items, waits] = await Promise.all([
      plain.length === 0 ? [] : reading.readSteps(plain),
      fanning.length === 0 ? [] : reading.readStepRows(fanning.flatMap(rowsOfSteps)),
      fanning.length === 0 ? [] : reading.readItems(fanning.map(({ workflow }) => workflow)),
      waiting.length === 0 ? [] : reading.readWaits(waiting.map(({ workflow }) => workflow)),
    ]);
    const recordsOf = Map.groupBy([...records, ...rows], ({ workflowId }) => workflowId);
    const itemsOf = Map.groupBy(items, ({ workflowId }) => workflowId);
    const waitsOf = Map.groupBy(waits, ({ workflowId }) => workflowId);
    return (id: string): StepRows => ({
      records: recordsOf.get(id) ?? [],
      items: itemsOf.get(id) ?? [],
      waits: waitsOf.get(id) ?? [],
    });
  }

  /** A graph that cannot be read is shown without steps: what is wrong with one workflow hides no other. */
  async function graphOf({ tenantId, hash }: WorkflowRecord): Promise<CompiledGraph> {
    const known = graphs.known(hash);
    if (known) return known;
    const text = await reading.readGraph(tenantId, hash);
    try {
      return text === undefined ? noGraph : graphs.compiled(hash, text);
    } catch {
      return noGraph;
    }
  }

  return { header: headers.read, view: views.read };
}

const noGraph: CompiledGraph = {
  steps: [],
  indexOf: new Map(),
  signals: new Map(),
} as never;

function bySteps(workflows: readonly WorkflowRecord[], limit: number): WorkflowRecord[][] {
  const groups: WorkflowRecord[][] = [];
  let steps = limit;
  for (const workflow of workflows) {
    steps += workflow.steps;
    if (steps > limit) {
      groups.push([]);
      steps = workflow.steps;
    }
    groups.at(-1)?.push(workflow);
  }
  return groups;
}

interface StepRows {
  readonly records: readonly StepRecord[];
  readonly items: readonly ItemsRecord[];
  readonly waits: readonly WaitRecord[];
}

export function viewSteps(graph: CompiledGraph, workflow: WorkflowHeader, rows: StepRows): StepView[] {
  const records = new Map(rows.records.map((record) => [record.step, record]));
  const items = new Map(rows.items.map((record) => [record.step, record]));
  const waits = new Map(rows.waits.map((record) => [record.step, record]));
  const kept = stepsToKeep(graph, workflow, records);
  return graph.steps.map((step, place): StepView => {
    const { key, type, kind, dependsOn } = step;
    const own = records.get(key);
    const task = own ?? records.get(`${key}/prepare`);
    return {
      key,
      type,
      kind,
      dependsOn,
      task,
      status: stepStatus(workflow, step, own, task),
      error: key === workflow.failedStep && own === undefined ? (workflow.error ?? undefined) : undefined,
      compensation: compensationOf(step, own, records.get(`${key}/compensation`), kept?.[place]),
      waitsFor: waits.get(key),
      items: itemsOf(own, items.get(key)),
      childId: kind === 'child' ? childOf(workflow, key, own) : undefined,
    };
  });
}

/** Items that have no row yet, or one of a former run, count as blocked ones. */
function itemsOf(own: StepRecord | undefined, items: ItemsRecord | undefined): ItemsRecord | undefined {
  const total = own?.fannedOut ?? 0;
  if (items === undefined || (total === 0 && items.total === 0)) return undefined;
  if (total <= items.total) return items;
  return { ...items, total, blocked: items.blocked + total - items.total };
}

/** Rows that steps may have, without those of items: their ids say where they are. */
function rowsOfSteps({ workflow, graph }: { workflow: WorkflowRecord; graph: CompiledGraph }): BatchKey[] {
  const { tenantId } = workflow;
  const addresses = graph.steps.flatMap(({ key }) => [key, `${key}/prepare`, `${key}/compensation`]);
  return addresses.map((address) => ({ tenantId, id: rowId(workflow, address) }));
}

/** A step that was skipped, or failed as it was to begin, has a row and no child. */
function childOf({ id }: WorkflowHeader, key: string, own: StepRecord | undefined): string | undefined {
  return own === undefined || own.startedAt === null ? undefined : childWorkflowId(id, key, own.generation);
}

type WorkflowHeader = Pick<WorkflowRecord, 'id' | 'status' | 'stuckFrom' | 'failedStep' | 'error'>;

/** A step that is being prepared runs; one that was prepared and has not begun waits for the workflow to be resumed. */
function stepStatus(
  workflow: WorkflowHeader,
  { key, kind }: CompiledStep,
  own: StepRecord | undefined,
  task: StepRecord | undefined,
): TaskStatus {
  if (own !== undefined) return isToBeClosed(workflow, kind, own) ? 'cancelled' : own.status;
  if (task !== undefined) return task.status === 'completed' ? 'blocked' : task.status;
  if (key === workflow.failedStep) return 'failed';
  return unstartedStatuses.has(standingOf(workflow)) ? 'blocked' : 'skipped';
}

/** In a cancelled workflow nothing waits any more; of one that was given up, later transactions close the rows that say so. */
function isToBeClosed({ status }: WorkflowHeader, kind: StepKind, own: StepRecord): boolean {
  return status === 'cancelled' && kind !== 'task' && (own.status === 'running' || own.status === 'scheduled');
}

/** What is stuck shows its steps as they were, and goes on from there. */
function standingOf({ status, stuckFrom }: WorkflowHeader): WorkflowStatus {
  return status === 'stuck' ? (stuckFrom ?? status) : status;
}

/** In these, a step without a row may still start. */
const unstartedStatuses: ReadonlySet<WorkflowStatus> = new Set(['running', 'waiting', 'paused']);

/** 1 for each step that stays as it is; undefined where nothing is being undone. */
function stepsToKeep(
  graph: CompiledGraph,
  workflow: WorkflowHeader,
  records: ReadonlyMap<string, StepRecord>,
): Uint8Array | undefined {
  const status = standingOf(workflow);
  if (status !== 'compensating' && status !== 'compensation-stuck') return undefined;
  const kept = new Uint8Array(graph.steps.length);
  for (const [place, { key, commit }] of graph.steps.entries()) {
    if (commit && records.get(key)?.status === 'completed') commitBefore(graph, kept, place);
  }
  return kept;
}

/** `kept` is 0 for a step that is undone as soon as what follows it is, if there is something to undo. */
function compensationOf(
  { compensation }: CompiledStep,
  own: StepRecord | undefined,
  compensating: StepRecord | undefined,
  kept: number | undefined,
): CompensationView | undefined {
  if (compensating !== undefined) return { status: compensationStatus(compensating), task: compensating };
  if (kept !== 0 || compensation === undefined || own === undefined) return undefined;
  const mayBeDone = own.status === 'completed' || own.outcomeUnknown;
  return mayBeDone ? { status: 'pending', task: undefined } : undefined;
}

/** Settled by hand has a reason; skipped without one, its worker found nothing to undo. */
function compensationStatus({ status, cancelReason }: StepRecord): CompensationView['status'] {
  if (status === 'skipped') return cancelReason === null ? 'completed' : 'settled';
  if (status === 'cancelled' || status === 'stuck') return 'failed';
  return status === 'blocked' || status === 'scheduled' ? 'pending' : status;
}

/** Gives what `readWorkflow` would give right after the start, without reading. */
export function startedView({ workflow, tasks, rows, waits }: FirstSteps): WorkflowView {
  const { tenantId, id, name, version, stored, input, createdAt } = workflow;
  const { hash, graph } = stored;
  const header: WorkflowRecord = {
    tenantId,
    id,
    name,
    version: version ?? null,
    hash,
    steps: graph.steps.length,
    status: workflow.status,
    input,
    output: null,
    error: null,
    failedStep: null,
    cancelRequested: false,
    cancelReason: null,
    pauseReason: null,
    parentId: null,
    parentStep: null,
    createdAt,
    finishedAt: null,
    stuckAt: null,
    stuckFrom: null,
    stuckError: null,
  };
  const recordOf = (task: NewTask): StepRecord => {
    const step = task.step === undefined ? '' : stepAddress(task.step);
    return { ...freshStep, workflowId: id, taskId: task.id, step };
  };
  const records = tasks.map(recordOf);
  for (const row of rows) records.push({ ...recordOf(row), status: row.status, startedAt: row.startedAt });
  const steps = viewSteps(graph, header, { records, items: [], waits });
  return { workflow: header, graph, steps, isUnreadable: false };
}

const freshStep = {
  generation: firstGeneration,
  status: 'queued',
  attempts: 0,
  result: null,
  resultOmitted: false,
  error: null,
  progress: null,
  startedAt: null,
  finishedAt: null,
  outcomeUnknown: false,
  cancelReason: null,
  fannedOut: null,
} as const;
