import { DatabaseError } from '@taskflow/kit-postgres';
import type { CompiledGraph, StepKind } from '../../domain/workflow/graph.ts';
import { extrasOf } from '../../domain/workflow/instance.ts';
import { rebuildState, type StoredItems, type StoredStepRow } from '../../domain/workflow/rebuild-state.ts';
import { isLive } from '../../domain/task/task-status.ts';
import { tooLarge } from '../../domain/workflow/step-reading.ts';
import { type CompiledGraphs, MissingGraphError } from '../graphs/compiled-graphs.ts';
import type {
  AdvanceTransaction,
  GraphKey,
  Key,
  LiveWait,
  StepStatusRow,
  StoredFanOut,
  StoredRun,
} from '../ports/advance-store.ts';
import { parseStepAddress } from '../records/step-address.ts';
import { firstGeneration } from '../records/task-record.ts';
import { restOfItems, type WorkflowOptions } from '../records/workflow-record.ts';
import { rowAt, type WorkflowInstance } from './workflow-instance.ts';

/** The parts of one workflow that the database holds. */
export interface StoredParts {
  readonly header: StoredRun;
  readonly rows: readonly StepStatusRow[];
  readonly waits: readonly LiveWait[];
  readonly signals: readonly { readonly name: string; readonly kept: number }[];
}

/** Ids of tasks whose rows this transaction ended and has not decided on yet: an instance ignores those changes. */
export type Undecided = ReadonlySet<string>;

/**
 * Reads what there is of these workflows by four statements, however many they are. Unknown ids are left out.
 * `mostWeight` is looked at before anything but their headers is read.
 */
export async function loadStored(
  tx: AdvanceTransaction,
  keys: readonly Key[],
  maxWeight?: number,
): Promise<StoredParts[]> {
  const headers = await tx.loadRuns(keys, maxWeight);
  if (headers === tooLarge) throw new TooMuchToReadError();
  const [rows, waits, signals] = await Promise.all([
    tx.loadStepStatuses(keys),
    tx.loadWaits(keys),
    tx.loadSignals(keys),
  ]);
  const rowsOf = Map.groupBy(rows, ({ workflowId }) => workflowId);
  const waitsOf = Map.groupBy(waits, ({ workflowId }) => workflowId);
  const signalsOf = Map.groupBy(signals, ({ workflowId }) => workflowId);
  return headers.map((header) => {
    const { id } = header;
    return { header, rows: rowsOf.get(id) ?? [], waits: waitsOf.get(id) ?? [], signals: signalsOf.get(id) ?? [] };
  });
}

/** The workflows of a transaction are too many to be read again in one. What is refused so is written in halves. */
export class TooMuchToReadError extends DatabaseError {
  constructor() {
    super('The workflows of the transaction are too much to be read again in one.', { kind: 'data' });
    this.name = 'TooMuchToReadError';
  }
}

/** Graphs that are at hand, and the others read, each once. One that is none throws where it is asked for. */
export async function obtainGraphs(
  tx: AdvanceTransaction,
  graphs: CompiledGraphs,
  wanted: readonly GraphKey[],
): Promise<(key: GraphKey) => CompiledGraph> {
  const found = new Map<string, CompiledGraph>();
  const texts = new Map<string, string>();
  const missing = new Map<string, GraphKey>();
  for (const key of wanted) {
    const known = found.get(key.hash) ?? graphs.known(key.hash);
    if (known) found.set(key.hash, known);
    else missing.set(key.hash, key);
  }
  if (missing.size > 0) {
    for (const [hash, text] of await tx.loadGraphs([...missing.values()])) texts.set(hash, text);
  }
  return ({ hash }) => {
    const text = texts.get(hash);
    const graph = found.get(hash) ?? (text === undefined ? undefined : graphs.compiled(hash, text));
    if (graph === undefined) throw new MissingGraphError(hash);
    return graph;
  };
}

/** Makes an instance from its rows. */
export function loadInstance(parts: StoredParts, graph: CompiledGraph, undecided: Undecided): WorkflowInstance {
  const { header } = parts;
  const options: WorkflowOptions = header.options === null ? {} : (JSON.parse(header.options) as WorkflowOptions);
  const { rows, items } = sortRows(parts, graph, undecided);
  const { status, cancelRequested, failedStep, parentId, parentStep } = header;
  const instance: WorkflowInstance = {
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
    parent: parentId === null || parentStep === null ? undefined : { id: parentId, step: parentStep },
    cancelReason: header.cancelReason,
    pauseReason: header.pauseReason,
    error: header.error,
    state: rebuildState(graph, { status, cancelRequested, failedStep, rows, items }),
    storedStatus: status,
    extras: undefined,
    rows: undefined,
    fanOuts: undefined,
  };
  addRows(instance, parts);
  addExtras(instance, parts);
  return instance;
}

function addRows(instance: WorkflowInstance, { header, rows }: StoredParts): void {
  for (const { step, generation, status, fanOut } of rows) {
    if (header.status === 'cancelled' && isLive(status)) addRunningOn(instance, step);
    if (fanOut !== null) holdFanOut(instance, step, fanOut);
    if (generation === firstGeneration) continue;
    instance.rows ??= new Map();
    instance.rows.set(step, { generation, reset: status === 'blocked' });
  }
}

/** A task of a workflow that was given up: no other that is cancelled has one. */
function addRunningOn(instance: WorkflowInstance, address: string): void {
  const row = rowAt(instance.graph, address);
  if (row) extrasOf(instance).closing.add(row.step);
}

function addExtras(instance: WorkflowInstance, { waits, signals }: StoredParts): void {
  for (const { step, kind } of waits) {
    const index = instance.graph.indexOf.get(step);
    // Whatever step it names: the workflow as a whole goes on.
    if (kind === 'begin') extrasOf(instance).deferred = true;
    else if (kind === 'close') addClosing(instance, step);
    else if (index !== undefined) extrasOf(instance).timers.add(index);
  }
  for (const { name, kept } of signals) extrasOf(instance).signals.set(name, kept);
}

function addClosing(instance: WorkflowInstance, step: string): void {
  const index = instance.graph.indexOf.get(step.slice(0, -restOfItems.length));
  if (index !== undefined) extrasOf(instance).closing.add(index);
}

function holdFanOut(instance: WorkflowInstance, key: string, { revision }: StoredFanOut): void {
  const step = instance.graph.indexOf.get(key);
  const fan = step === undefined ? undefined : instance.state.fanOuts.get(step);
  if (fan === undefined) return;
  instance.fanOuts ??= new Map();
  instance.fanOuts.set(step as number, { fan, revision });
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
