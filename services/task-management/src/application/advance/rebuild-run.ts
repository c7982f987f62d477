import { type CompiledGraph, type StepKind, stepKinds } from '../../domain/workflow/graph.ts';
import { maxResolvedPayload } from '../../domain/workflow/payload-limits.ts';
import { rebuildState, type StoredItems, type StoredStepRow } from '../../domain/workflow/rebuild-state.ts';
import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { LiveWait, StepStatusRow, StoredRun } from '../ports/advance-store.ts';
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

/** What this transaction has changed of the rows and not decided about yet: for the workflow it has not happened. */
export interface Undecided {
  /** Tasks that ended, by id. */
  readonly tasks: ReadonlyMap<string, UndecidedTask>;
  /** Waits of kind `items` that were taken. */
  readonly laying: readonly Pick<LiveWait, 'workflowId' | 'step' | 'key'>[];
}

/** As its row says now. */
export interface UndecidedTask {
  readonly workflowId: string | null;
  readonly step: string | null;
  readonly generation: number;
  readonly status: TaskStatus;
  readonly outcomeUnknown: boolean;
}

/** Rebuilds a run from its rows. */
export function rebuildRun(parts: StoredParts, graph: CompiledGraph, undecided: Undecided): WorkflowRun {
  const { header } = parts;
  const options: WorkflowOptions = header.options === null ? {} : (JSON.parse(header.options) as WorkflowOptions);
  const { rows, items } = sortRows(parts, undecided);
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

function addBeside(run: WorkflowRun, { rows, waits, signals }: StoredParts): void {
  for (const { step, generation, status } of rows) {
    if (generation === firstGeneration) continue;
    besideOf(run).rows.set(step, { generation, reset: isReset(run, step, status) });
  }
  for (const { step, kind } of waits) {
    const index = run.graph.indexOf.get(step);
    // Whatever step it names: the workflow as a whole goes on.
    if (kind === 'begin') besideOf(run).reminded = true;
    else if (kind === 'close') addClosing(run, step);
    else if (index !== undefined) besideOf(run).waits.set(index, kind);
  }
  for (const { name, kept } of signals) besideOf(run).signals.set(name, kept);
  for (const [step, fan] of run.state.fanOuts) besideOf(run).fanOuts.set(step, fan);
}

/** A blocked row was reset, unless it is an item of a fan-out that is under way. */
function isReset(run: WorkflowRun, address: string, status: TaskStatus): boolean {
  if (status !== 'blocked') return false;
  const row = rowAt(run.graph, address);
  const fan = row?.role.item === undefined ? undefined : run.state.fanOuts.get(row.step);
  return fan === undefined || (row?.role.item ?? 0) >= fan.laid;
}

/** Rows by what they do for their step; items are counted, those of fan-outs that are over left out. */
function sortRows({ header, rows: stored, waits }: StoredParts, undecided: Undecided) {
  const rows: StoredStepRow[] = [];
  const fans = new Map<string, Mutable<StoredItems> & { present: number; readonly isLaying: boolean }>();
  const laying = new Map<string, number>();
  const closing = new Set(waits.filter(({ kind }) => kind === 'close').map(({ step }) => step));
  for (const { step, kind, key } of waits) if (kind === 'items') laying.set(step, Number(key));
  for (const { workflowId, step, key } of undecided.laying) if (workflowId === header.id) laying.set(step, Number(key));
  for (const { step, status, outcomeUnknown, taskId, fannedOut } of stored) {
    const { key, part } = parseStepAddress(step);
    if (part === 'item') continue;
    const isOpen = taskId !== null && undecided.tasks.has(taskId);
    rows.push({ key, part, status: isOpen ? 'running' : status, outcomeUnknown });
    if (part !== 'own' || fannedOut === null || status !== 'running') continue;
    const { items: total, largest } = parseFanOut(fannedOut);
    const none = {
      started: 0,
      completed: 0,
      failed: 0,
      unknown: 0,
      present: 0,
      closed: closing.has(`${key}${restOfItems}`),
    };
    fans.set(key, { key, total, largest, laid: laying.get(key) ?? total, isLaying: laying.has(key), ...none });
  }
  if (fans.size > 0) countItems(stored, undecided, fans, header.id);
  return { rows, items: [...fans.values()].map(itemsOf) };
}

type Counting = Mutable<StoredItems> & { present: number };

/** Without rows and with nothing that will lay them, items never come to be. */
function itemsOf({ present, isLaying, closed, ...items }: Counting & { readonly isLaying: boolean }): StoredItems {
  return { ...items, closed: closed || (!isLaying && present < items.total) };
}

function countItems(
  stored: readonly StepStatusRow[],
  undecided: Undecided,
  fans: ReadonlyMap<string, Counting>,
  workflowId: string,
): void {
  for (const row of stored) {
    const { key, part, item } = parseStepAddress(row.step);
    const fan = part === 'item' ? fans.get(key) : undefined;
    // Beyond those that have rows there are rows of a former run.
    if (fan === undefined || (row.taskId !== null && (item as number) >= fan.laid)) continue;
    fan.present += row.rows;
    if (row.closed) fan.closed = true;
    else if (row.status !== 'blocked') fan.started += row.rows;
    if (row.taskId === null || !undecided.tasks.has(row.taskId)) countEnded(fan, row, row.rows);
  }
  for (const task of undecided.tasks.values()) {
    if (task.workflowId !== workflowId || task.step === null || task.generation !== firstGeneration) continue;
    const { key, part } = parseStepAddress(task.step);
    const fan = part === 'item' ? fans.get(key) : undefined;
    if (fan) countEnded(fan, { ...task, closed: false }, -1);
  }
}

function countEnded(
  fan: Counting,
  { status, closed, outcomeUnknown }: Pick<StepStatusRow, 'status' | 'closed' | 'outcomeUnknown'>,
  rows: number,
): void {
  if (closed) return;
  if (status === 'completed' || status === 'skipped') fan.completed += rows;
  else if (status === 'failed' || status === 'cancelled') {
    fan.failed += rows;
    if (outcomeUnknown) fan.unknown += rows;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Payload of a fan-out's own row. */
export function fanOutPayload(items: number, largest: number): string {
  return JSON.stringify({ items, largest });
}

function parseFanOut(payload: string): { items: number; largest: number } {
  const { items = 0, largest = maxResolvedPayload } = JSON.parse(payload) as { items?: number; largest?: number };
  return { items, largest };
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
