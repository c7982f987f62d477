import { isLive } from '../../domain/task/task-status.ts';
import { type CompiledGraph, type StepKind, stepKinds } from '../../domain/workflow/graph.ts';
import { rebuildState, type StoredItems, type StoredStepRow } from '../../domain/workflow/rebuild-state.ts';
import type { LiveWait, StepStatusRow, StoredFanOut, StoredRun } from '../ports/advance-store.ts';
import { parseStepAddress } from '../step-address.ts';
import { firstGeneration } from '../task-record.ts';
import { restOfItems, type WorkflowOptions } from '../workflow-record.ts';
import { besideOf, rowAt, type WorkflowRun } from './workflow-run.ts';

/** What the database holds of one workflow. */
export interface StoredParts {
  readonly header: StoredRun;
  readonly rows: readonly StepStatusRow[];
  readonly waits: readonly LiveWait[];
  readonly signals: readonly { readonly name: string; readonly kept: number }[];
}

/** Ids of tasks that have ended and about which nothing is decided yet: for the workflow it has not happened. */
export type Undecided = ReadonlySet<string>;

/** Rebuilds a run from its rows. */
export function rebuildRun(parts: StoredParts, graph: CompiledGraph, undecided: Undecided): WorkflowRun {
  const { header } = parts;
  const options: WorkflowOptions = header.options === null ? {} : (JSON.parse(header.options) as WorkflowOptions);
  const { rows, items } = sortRows(parts, graph, undecided);
  const { status, cancelRequested, failedStep } = header;
  const run: WorkflowRun = {
    tenantId: header.tenantId,
    id: header.id,
    name: header.name,
    version: header.version ?? undefined,
    traceparent: options.traceparent,
    createdAt: header.createdAt,
    graph,
    hash: header.hash,
    input: header.input,
    options,
    parent:
      header.parentId === null || header.parentStep === null
        ? undefined
        : { id: header.parentId, step: header.parentStep },
    cancelReason: header.cancelReason,
    pauseReason: header.pauseReason,
    error: header.error,
    state: rebuildState(graph, {
      status,
      cancelRequested,
      failedStep,
      rows,
      items,
    }),
    storedStatus: status,
    beside: undefined,
  };
  addBeside(run, parts);
  return run;
}

function addClosing(run: WorkflowRun, step: string): void {
  const index = run.graph.indexOf.get(step.slice(0, -restOfItems.length));
  if (index !== undefined) besideOf(run).closing.add(index);
}

/** A task of a workflow that was given up: no other that is cancelled has one. */
function addRunningOn(run: WorkflowRun, address: string): void {
  const row = rowAt(run.graph, address);
  if (row) besideOf(run).closing.add(row.step);
}

function addBeside(run: WorkflowRun, { header, rows, waits, signals }: StoredParts): void {
  for (const { step, generation, status, fanOut } of rows) {
    if (header.status === 'cancelled' && isLive(status)) addRunningOn(run, step);
    if (fanOut !== null) holdFanOut(run, step, fanOut);
    if (generation === firstGeneration) continue;
    besideOf(run).rows.set(step, { generation, reset: status === 'blocked' });
  }
  for (const { step, kind } of waits) {
    const index = run.graph.indexOf.get(step);
    // Whatever step it names: the workflow as a whole goes on.
    if (kind === 'begin') besideOf(run).reminded = true;
    else if (kind === 'close') addClosing(run, step);
    else if (index !== undefined) besideOf(run).waits.set(index, kind);
  }
  for (const { name, kept } of signals) besideOf(run).signals.set(name, kept);
}

function holdFanOut(run: WorkflowRun, key: string, { revision }: StoredFanOut): void {
  const step = run.graph.indexOf.get(key);
  const fan = step === undefined ? undefined : run.state.fanOuts.get(step);
  if (fan) besideOf(run).fanOuts.set(step as number, { fan, revision });
}

/** Rows by what they do for their step, and how the items stand of fan-outs that are under way. */
function sortRows({ rows: stored }: StoredParts, graph: CompiledGraph, undecided: Undecided) {
  const rows: StoredStepRow[] = [];
  const items: StoredItems[] = [];
  for (const { step, status, outcomeUnknown, taskId, fanOut } of stored) {
    const { key, part } = parseStepAddress(step);
    if (part === 'item') continue;
    const isOpen = undecided.has(taskId);
    rows.push({ key, part, status: isOpen ? 'running' : status, outcomeUnknown });
    if (fanOut !== null) items.push({ key, ...fanOut });
    else if (part === 'own' && status === 'running' && kindOf(graph, key) === 'each')
      throw new UncountedItemsError(key);
  }
  return { rows, items };
}

function kindOf(graph: CompiledGraph, key: string): StepKind | undefined {
  return graph.steps[graph.indexOf.get(key) ?? -1]?.kind;
}

/** Nobody knows how the items of a fan-out stand that is under way: whatever followed would be wrong. */
class UncountedItemsError extends Error {
  constructor(step: string) {
    super(`The items of the step "${step}" are not counted.`);
    this.name = 'UncountedItemsError';
  }
}

/** Payload of a fan-out's own row. */
export function fanOutPayload(items: number, largest: number): string {
  return JSON.stringify({ items, largest });
}

/** Type of a step's own row that no worker is asked for. */
export function stepRowType(kind: Exclude<StepKind, 'task'>): string {
  return `taskflow.step/${kind}`;
}

/** Whether a task of this type is the row of a step that no worker is asked for. */
export function isStepRow(type: string): boolean {
  return rowTypes.has(type);
}

const rowTypes = new Set<string>(stepKinds.map((kind) => stepRowType(kind as Exclude<StepKind, 'task'>)));
