import { derivedId } from '@taskflow/kit-time';
import { compileGraph } from '../../domain/workflow/compile-graph.ts';
import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import type { FanOut, WorkflowState } from '../../domain/workflow/workflow-state.ts';
import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { Key } from '../ports/advance-store.ts';
import { parseStepAddress, stepAddress } from '../step-address.ts';
import { firstGeneration, type StepOf } from '../task-record.ts';
import type { WorkflowSubject } from '../workflow-events.ts';
import {
  type NewWorkflow,
  type ParentStep,
  type StoredWaitKind,
  stepTaskName,
  type WorkflowOptions,
} from '../workflow-record.ts';

/** A workflow as its owner holds it in memory while it runs. */
export interface WorkflowRun extends WorkflowSubject {
  version: number | undefined;
  graph: CompiledGraph;
  hash: string;
  /** JSON text. */
  readonly input: string;
  readonly options: WorkflowOptions;
  readonly parent: ParentStep | undefined;
  cancelReason: string | null;
  pauseReason: string | null;
  /** JSON text: why it failed, or is being undone. */
  error: string | null;
  state: WorkflowState;
  /** The status that its row has. */
  storedStatus: WorkflowStatus;
  /** Absent while there is none of it, as in most workflows. */
  beside: Beside | undefined;
}

/** What a workflow has beside its state. */
export interface Beside {
  /** Rows of steps of a later generation, by address; their items are not among them. */
  readonly rows: Map<string, RowState>;
  /** Live rows of `waits` by step, in the order of their beginnings. */
  readonly waits: Map<number, StoredWaitKind>;
  /** How many signals of each name are kept for steps to come. */
  readonly signals: Map<string, number>;
  /** The state's own fan-outs; here they outlive their step's end within a turn. */
  readonly fanOuts: Map<number, HeldFanOut>;
  /** A row of `waits` will have the workflow go on. */
  reminded: boolean;
  /** Steps of which something is still to end: later turns close items, or a task runs on although it was given up. */
  readonly closing: Set<number>;
}

export interface HeldFanOut {
  readonly fan: FanOut;
  /** Of its row; 0 while it has none. */
  revision: number;
}

export interface RowState {
  generation: number;
  /** It waits to be started anew. */
  reset: boolean;
}

export function besideOf(run: WorkflowRun): Beside {
  run.beside ??= {
    rows: new Map(),
    waits: new Map(),
    signals: new Map(),
    fanOuts: new Map(),
    reminded: false,
    closing: new Set(),
  };
  return run.beside;
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
    hash: workflow.stored.hash,
    input: workflow.input,
    options: workflow.options,
    parent: workflow.parent,
    cancelReason: null,
    pauseReason: null,
    error: null,
    state,
    storedStatus: workflow.status,
    beside: undefined,
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

/** What a row does for its step. */
export type RowRole = Pick<StepOf, 'role' | 'item'>;

/** The row of a step's own work, or of what it waits for. */
export const ownRow: RowRole = { role: undefined, item: undefined };

/** Address of a step's row; its own one unless told. */
export function addressOf(run: WorkflowRun, step: number, role: RowRole = ownRow): string {
  const key = run.graph.steps[step]?.key ?? '';
  return role === ownRow ? key : stepAddress({ step: key, ...role });
}

/** The id of a row: the same whenever and wherever it is asked for. */
export function rowId(run: Pick<WorkflowRun, 'id'>, address: string): string {
  return derivedId(run.id, stepTaskName(address, firstGeneration));
}

/** Rows of items of the step with this key. */
export function itemKeys(
  { tenantId, id }: Key,
  step: string,
  { from, end }: { readonly from: number; readonly end: number },
): Key[] {
  const keys: Key[] = [];
  for (let item = from; item < end; item += 1) {
    keys.push({ tenantId, id: rowId({ id }, stepAddress({ step, role: 'item', item })) });
  }
  return keys;
}

/** The task of a step's own row. */
export function stepTaskId(run: WorkflowRun, step: number): string {
  return rowId(run, addressOf(run, step));
}

export function generationOf(run: WorkflowRun, address: string): number {
  return run.beside?.rows.get(address)?.generation ?? firstGeneration;
}

export function stepOf(run: WorkflowRun, step: number, role: RowRole = ownRow): StepOf {
  const { id: workflowId, name, version } = run;
  const key = run.graph.steps[step]?.key ?? '';
  return { workflowId, name, version, step: key, role: role.role, item: role.item };
}

/** What an address names in a graph: the step's number and the row's role; `undefined` when there is no such step. */
export function rowAt(graph: CompiledGraph, address: string): { step: number; role: RowRole } | undefined {
  const own = graph.indexOf.get(address);
  if (own !== undefined) return { step: own, role: ownRow };
  const { key, part, item } = parseStepAddress(address);
  const step = graph.indexOf.get(key);
  if (step === undefined || part === 'own') return undefined;
  return { step, role: { role: part, item } };
}
