import { type CompiledGraph, type StepKind, stepKinds } from '../../domain/workflow/graph.ts';
import { rebuildState, type StoredItems, type StoredStepRow } from '../../domain/workflow/rebuild-state.ts';
import { moveStep } from '../../domain/workflow/step-life.ts';
import { stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { LiveWait, StepStatusRow, StoredRun } from '../ports/advance-store.ts';
import { parseStepAddress } from '../step-address.ts';
import { firstGeneration } from '../task-record.ts';
import type { WorkflowOptions } from '../workflow-record.ts';
import { besideOf, rowAt, type WorkflowRun } from './workflow-run.ts';

/** What the database holds of one workflow. */
export interface StoredParts {
  readonly header: StoredRun;
  readonly rows: readonly StepStatusRow[];
  readonly waits: readonly LiveWait[];
  readonly signals: readonly { readonly name: string; readonly kept: number }[];
}

/** A wait of kind `begin`. */
type Beginning = Pick<LiveWait, 'step' | 'key'>;

/** What this transaction has changed of the rows and not decided about yet: for the workflow it has not happened. */
export interface Undecided {
  /** Ids of tasks that ended. */
  readonly tasks: ReadonlySet<string>;
  /** Beginnings that were taken, by workflow. */
  readonly begins: ReadonlyMap<string, readonly Beginning[]>;
}

/** Rebuilds a run from its rows. */
export function rebuildRun(parts: StoredParts, graph: CompiledGraph, undecided: Undecided): WorkflowRun {
  const { header } = parts;
  const options: WorkflowOptions = header.options === null ? {} : (JSON.parse(header.options) as WorkflowOptions);
  const { rows, items } = sortRows(parts.rows, undecided.tasks);
  const begins: Beginning[] = parts.waits.filter(({ kind }) => kind === 'begin');
  begins.push(...(undecided.begins.get(header.id) ?? []));
  rows.push(...undosToBegin(begins));
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
      begins: begins.filter(({ key }) => key !== 'undo').map(({ step }) => step),
    }),
    storedStatus: status,
    beside: undefined,
  };
  restorePrepared(run, begins);
  addBeside(run, parts);
  return run;
}

/** A compensation that is left to the next turn has been decided upon, as if its task were there. */
function undosToBegin(begins: readonly Beginning[]): StoredStepRow[] {
  return begins
    .filter(({ key }) => key === 'undo')
    .map(({ step: key }) => ({ key, part: 'compensation', status: 'queued', outcomeUnknown: false }));
}

/** A prepared step that is left to the next turn has begun to be prepared no more. */
function restorePrepared(run: WorkflowRun, begins: readonly Beginning[]): void {
  for (const { step, key } of begins) {
    const index = key === 'prepared' ? run.graph.indexOf.get(step) : undefined;
    if (index !== undefined && stateOf(run.state, index) === stepState.starting) {
      moveStep(run.state, index, stepState.prepared);
    }
  }
}

function addBeside(run: WorkflowRun, { rows, waits, signals }: StoredParts): void {
  for (const { step, generation, status } of rows) {
    if (generation === firstGeneration) continue;
    besideOf(run).rows.set(step, { generation, reset: isReset(run, step, status) });
  }
  for (const { step, kind } of waits) {
    const index = run.graph.indexOf.get(step);
    if (index !== undefined) besideOf(run).waits.set(index, kind);
  }
  for (const { name, kept } of signals) besideOf(run).signals.set(name, kept);
  for (const [step, fan] of run.state.fanOuts) besideOf(run).fanOuts.set(step, fan);
}

/** A blocked row was reset, unless it is an item of a fan-out that is under way. */
function isReset(run: WorkflowRun, address: string, status: TaskStatus): boolean {
  if (status !== 'blocked') return false;
  const row = rowAt(run.graph, address);
  const fan = row?.role.item === undefined ? undefined : run.state.fanOuts.get(row.step);
  return fan === undefined || (row?.role.item ?? 0) >= fan.total;
}

/** Rows by what they do for their step; items are counted, those of fan-outs that are over left out. */
function sortRows(stored: readonly StepStatusRow[], undecided: ReadonlySet<string>) {
  const rows: StoredStepRow[] = [];
  const totals = new Map<string, number>();
  const items = new Map<string, Mutable<StoredItems>>();
  for (const { step, status, outcomeUnknown, taskId, fannedOut } of stored) {
    const { key, part } = parseStepAddress(step);
    if (part === 'item') continue;
    rows.push({ key, part, status: undecided.has(taskId) ? 'running' : status, outcomeUnknown });
    if (part === 'own' && fannedOut !== null && status === 'running') totals.set(key, itemsOf(fannedOut));
  }
  for (const [key, total] of totals) {
    items.set(key, { key, total, blocked: 0, skipped: 0, completed: 0, failed: 0, unknown: 0 });
  }
  if (items.size > 0) countItems(stored, undecided, items);
  return { rows, items: [...items.values()] };
}

function countItems(
  stored: readonly StepStatusRow[],
  undecided: ReadonlySet<string>,
  items: ReadonlyMap<string, Mutable<StoredItems>>,
): void {
  for (const { step, status, closed, outcomeUnknown, taskId } of stored) {
    const { key, item } = parseStepAddress(step);
    const count = item === undefined ? undefined : items.get(key);
    if (count === undefined || (item as number) >= count.total || undecided.has(taskId)) continue;
    if (status === 'blocked') count.blocked += 1;
    else if (closed) count.skipped += 1;
    else if (status === 'completed' || status === 'skipped') count.completed += 1;
    else if (status === 'failed' || status === 'cancelled') {
      count.failed += 1;
      if (outcomeUnknown) count.unknown += 1;
    }
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Payload of a fan-out's own row. */
export function fanOutPayload(items: number): string {
  return JSON.stringify({ items });
}

function itemsOf(payload: string): number {
  return Number((JSON.parse(payload) as { items?: number }).items ?? 0);
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
