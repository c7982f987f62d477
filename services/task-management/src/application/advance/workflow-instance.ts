import { derivedId } from '@taskflow/kit-time';
import { compileGraph } from '../../domain/workflow/compile-graph.ts';
import type { RowPart } from '../../domain/workflow/effect.ts';
import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import type { Instance } from '../../domain/workflow/instance.ts';
import { type FanOut, initialState } from '../../domain/workflow/workflow-state.ts';
import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { Key } from '../ports/advance-store.ts';
import { parseStepAddress } from '../records/step-address.ts';
import { firstGeneration, type StepOf } from '../records/task-record.ts';
import type { WorkflowSubject } from '../events/workflow-events.ts';
import {
  childWorkflowId,
  type NewWorkflow,
  type ParentStep,
  stepTaskName,
  type WorkflowOptions,
} from '../records/workflow-record.ts';

/** A workflow as its owner holds it in memory while it runs: what transitions move, and what its rows are written by. */
export interface WorkflowInstance extends Instance, WorkflowSubject {
  version: number | undefined;
  hash: string;
  /** JSON text. */
  readonly input: string;
  readonly options: WorkflowOptions;
  readonly parent: ParentStep | undefined;
  /** The status that its row has. */
  storedStatus: WorkflowStatus;
  /** Rows of a later generation, by address, without those of items; absent while there are none. */
  rows: Map<string, RowState> | undefined;
  /** The state's own fan-outs by step; here they outlive their step's end within a transaction. */
  fanOuts: Map<number, ItemsRow> | undefined;
}

export interface ItemsRow {
  readonly fan: FanOut;
  /** Of its row; 0 while it has none. */
  revision: number;
}

export interface RowState {
  generation: number;
  /** It waits to be started anew. */
  reset: boolean;
}

export function instanceOfNew(workflow: NewWorkflow): WorkflowInstance {
  const { graph, hash } = workflow.stored;
  return {
    tenantId: workflow.tenantId,
    id: workflow.id,
    name: workflow.name,
    version: workflow.version,
    traceparent: workflow.options.traceparent,
    createdAt: workflow.createdAt,
    graph,
    hash,
    input: workflow.input,
    options: workflow.options,
    parent: workflow.parent,
    cancelReason: null,
    pauseReason: null,
    error: null,
    state: initialState(graph),
    extras: undefined,
    storedStatus: workflow.status,
    rows: undefined,
    fanOuts: undefined,
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

/** Names one row of a step: its own, or that of a part; of an item, the one of this number. */
export interface StepRow {
  readonly step: number;
  readonly part: RowPart;
  readonly item?: number | undefined;
}

/** Address of a step's row; its own one unless told. */
export function addressOf(
  { graph }: Pick<Instance, 'graph'>,
  step: number,
  part: RowPart = 'own',
  item?: number,
): string {
  const key = graph.steps[step]?.key ?? '';
  if (part === 'own') return key;
  return part === 'item' ? `${key}/${item}` : `${key}/${part}`;
}

/** Finds the row that an address names in a graph; `undefined` when there is no such step. */
export function rowAt(graph: CompiledGraph, address: string): StepRow | undefined {
  const own = graph.indexOf.get(address);
  if (own !== undefined) return { step: own, part: 'own' };
  const { key, part, item } = parseStepAddress(address);
  const step = graph.indexOf.get(key);
  return step === undefined || part === 'own' ? undefined : { step, part, item };
}

/** The id of a row: the same whenever and wherever it is asked for. */
export function rowId({ id }: Pick<WorkflowInstance, 'id'>, address: string): string {
  return derivedId(id, stepTaskName(address, firstGeneration));
}

export function generationOf({ rows }: WorkflowInstance, address: string): number {
  return rows?.get(address)?.generation ?? firstGeneration;
}

/** Rows of its items may be there, under generations that nobody looks at before they are laid again. */
export function hasRunBefore(instance: WorkflowInstance, step: number): boolean {
  return instance.rows !== undefined && generationOf(instance, addressOf(instance, step)) > firstGeneration;
}

/** The step that an address names, as tasks and events refer to it. */
export function stepOf({ id: workflowId, name, version }: WorkflowSubject, address: string): StepOf {
  const { key, part, item } = parseStepAddress(address);
  return { workflowId, name, version, step: key, role: part === 'own' ? undefined : part, item };
}

/** The workflow that a step starts. */
export function childOf(instance: WorkflowInstance, step: number): Key {
  const address = addressOf(instance, step);
  return {
    tenantId: instance.tenantId,
    id: childWorkflowId(instance.id, address, generationOf(instance, address)),
  };
}
