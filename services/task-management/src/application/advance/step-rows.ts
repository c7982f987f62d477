import type { Effect, RowPart } from '../../domain/workflow/effect.ts';
import { type CompiledStep, type StepKind, stepKinds, type TaskExecution } from '../../domain/workflow/graph.ts';
import { maxJoinedResult } from '../../domain/workflow/payload-limits.ts';
import type { Timer } from '../../domain/workflow/wait-kinds.ts';
import {
  defaultPriority,
  defaultQueue,
  type NewStepRow,
  type NewTask,
  type RetryOptions,
  type StepOf,
  type TaskOptions,
  type TimeoutOptions,
} from '../records/task-record.ts';
import type { Key } from '../ports/advance-store.ts';
import type { NewWait } from '../records/workflow-record.ts';
import { addressOf, rowId, type StepRow, type WorkflowInstance } from './workflow-instance.ts';

/** When, and after what, a row is written. */
export interface Cause {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly causationId: string | undefined;
}

/** The task of a step: its own, that prepares it, or one of its items. `payload` is JSON text. */
export function makeTask(instance: WorkflowInstance, row: StepRow, payload: string, cause: Cause): NewTask {
  const definition = instance.graph.steps[row.step] as CompiledStep;
  const prepares = row.part === 'prepare';
  const type = prepares ? `taskflow.prepare/${definitionName(instance)}` : definition.type;
  const task = carry(instance, row, { ...definition, type }, payload, cause);
  if (!definition.mapped || row.part === 'item') return task;
  const mapped = { ...task, definition: definitionName(instance) };
  return prepares && definition.kind === 'each' ? { ...mapped, maxResultBytes: maxJoinedResult } : mapped;
}

/** A compensation is tried harder than other work: giving up parks the workflow. */
const compensationRetry: RetryOptions = {
  maxAttempts: 10,
  backoff: 'exponential',
  initial: 1_000,
  max: 60_000,
  jitter: 'full',
};

export function makeCompensation(instance: WorkflowInstance, step: number, payload: string, cause: Cause): NewTask {
  const { compensation, mapped } = instance.graph.steps[step] as CompiledStep;
  const execution = { ...(compensation as TaskExecution), retry: { ...compensationRetry, ...compensation?.retry } };
  const task = carry(instance, { step, part: 'compensation' }, execution, payload, cause);
  return mapped ? { ...task, definition: definitionName(instance) } : task;
}

/** Routes work to workers that hold the code of the definition. */
function definitionName({ name, version }: WorkflowInstance): string {
  return `${name}@${version}`;
}

function carry(
  instance: WorkflowInstance,
  { step, part, item }: StepRow,
  execution: TaskExecution,
  payload: string,
  { now, causationId }: Cause,
): NewTask {
  return {
    tenantId: instance.tenantId,
    id: rowId(instance, addressOf(instance, step, part, item)),
    type: execution.type,
    queue: execution.queue ?? defaultQueue,
    priority: execution.priority ?? instance.options.priority ?? defaultPriority,
    payload,
    options: optionsOf(instance, execution),
    step: referenceOf(instance, step, part, item),
    createdAt: now,
    causationId,
  };
}

function referenceOf(instance: WorkflowInstance, step: number, part: RowPart, item: number | undefined): StepOf {
  const { id: workflowId, name, version, graph } = instance;
  const key = graph.steps[step]?.key ?? '';
  return { workflowId, name, version, step: key, role: part === 'own' ? undefined : part, item };
}

function optionsOf({ traceparent }: WorkflowInstance, { retry, timeout }: TaskExecution): TaskOptions | undefined {
  if (!retry && !timeout && traceparent === undefined) return undefined;
  return {
    ...(retry && { retry: retry as RetryOptions }),
    ...(timeout && { timeout: timeout as TimeoutOptions }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** The members of a row that has only been added. */
export const notStarted = { result: null, error: null, startedAt: null, finishedAt: null } as const;

/** A row that no worker is asked for now. */
export function makeRow(
  instance: WorkflowInstance,
  { step, part, item, status, payload, error }: Extract<Effect, { kind: 'add-row' }>,
  cause: Cause,
): NewStepRow {
  const none = { ...notStarted, error };
  switch (status) {
    case 'blocked':
      return { ...makeTask(instance, { step, part, item }, payload, cause), ...none, status };
    case 'open': {
      const waits = instance.graph.steps[step]?.kind === 'sleep' ? 'scheduled' : 'running';
      return { ...bareTask(instance, step, payload, cause), ...none, status: waits, startedAt: cause.now };
    }
    case 'skipped':
    case 'failed':
    case 'cancelled': {
      const compensates = part === 'compensation';
      const task = compensates
        ? makeCompensation(instance, step, payload, cause)
        : bareTask(instance, step, payload, cause);
      return { ...task, ...none, status, finishedAt: cause.now };
    }
  }
}

function bareTask(instance: WorkflowInstance, step: number, payload: string, cause: Cause): NewTask {
  const definition = instance.graph.steps[step] as CompiledStep;
  const type = definition.kind === 'task' ? definition.type : stepRowType(definition.kind);
  const execution = { ...definition, type, retry: undefined, timeout: undefined };
  return carry(instance, { step, part: 'own' }, execution, payload, cause);
}

/** Gives the stored form of a timer, without its step. */
export function timerRow(timer: Timer, now: number): Pick<NewWait, 'kind' | 'dueAt' | 'afterMs' | 'name' | 'key'> {
  const { kind, name = null, key = null } = timer;
  if ('until' in timer) return { kind, dueAt: timer.until, afterMs: null, name, key };
  return { kind, dueAt: now + timer.forMs, afterMs: timer.forMs, name, key };
}

/** The wait that reminds of what is left to a later transaction. */
export type Left = Pick<NewWait, 'step' | 'kind' | 'key' | 'name'>;

export function timerOf({ tenantId, id: workflowId }: Key, left: Left, now: number): NewWait {
  return { tenantId, workflowId, dueAt: now, afterMs: 0, ...left };
}

/** Type of a step's own row that no worker is asked for. */
export function stepRowType(kind: Exclude<StepKind, 'task'>): string {
  return `taskflow.step/${kind}`;
}

/** Says whether a task of this type is the row of a step that no worker is asked for. */
export function isStepRow(type: string): boolean {
  return rowTypes.has(type);
}

const rowTypes = new Set<string>(stepKinds.map((kind) => stepRowType(kind as Exclude<StepKind, 'task'>)));
