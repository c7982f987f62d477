import type { CompiledStep } from '../../domain/workflow/graph.ts';
import { maxGatheredResult } from '../../domain/workflow/payload-limits.ts';
import {
  defaultPriority,
  defaultQueue,
  type NewStepRow,
  type NewTask,
  type RetryOptions,
  type TaskOptions,
  type TimeoutOptions,
} from '../task-record.ts';
import { stepRowType } from './rebuild-run.ts';
import { addressOf, ownRow, rowId, type RowRole, stepOf, type WorkflowRun } from './workflow-run.ts';

/** When, and after what, something begins. */
export interface Cause {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly causationId: string | undefined;
}

interface Carrying {
  readonly type: string;
  readonly queue: string | undefined;
  readonly priority: number | undefined;
  readonly retry: Readonly<Record<string, unknown>> | undefined;
  readonly timeout: Readonly<Record<string, unknown>> | undefined;
}

/** The task of a step: its own, that prepares it, or one of its items. `payload` is JSON text. */
export function makeTask(run: WorkflowRun, step: number, role: RowRole, payload: string, cause: Cause): NewTask {
  const definition = run.graph.steps[step] as CompiledStep;
  const prepares = role.role === 'prepare';
  const type = prepares ? `taskflow.prepare/${definitionName(run)}` : definition.type;
  const task = carry(run, step, role, { ...definition, type }, payload, cause);
  if (!definition.mapped || role.role === 'item') return task;
  const mapped = { ...task, definition: definitionName(run) };
  return prepares && definition.kind === 'each' ? { ...mapped, maxResultBytes: maxGatheredResult } : mapped;
}

/** What undoes a step is tried harder than other work: giving up parks the workflow. */
const compensationRetry: RetryOptions = {
  maxAttempts: 10,
  backoff: 'exponential',
  initial: 1_000,
  max: 60_000,
  jitter: 'full',
};

export function makeCompensation(run: WorkflowRun, step: number, payload: string, cause: Cause): NewTask {
  const { compensation, mapped } = run.graph.steps[step] as CompiledStep;
  const carrying = { ...(compensation as Carrying), retry: { ...compensationRetry, ...compensation?.retry } };
  const task = carry(run, step, { role: 'compensation' }, carrying, payload, cause);
  return mapped ? { ...task, definition: definitionName(run) } : task;
}

/** Routes work to workers that hold the code of the definition. */
function definitionName({ name, version }: WorkflowRun): string {
  return `${name}@${version}`;
}

function carry(
  run: WorkflowRun,
  step: number,
  role: RowRole,
  carrying: Carrying,
  payload: string,
  { now, causationId }: Cause,
): NewTask {
  return {
    tenantId: run.tenantId,
    id: rowId(run, addressOf(run, step, role)),
    type: carrying.type,
    queue: carrying.queue ?? defaultQueue,
    priority: carrying.priority ?? run.options.priority ?? defaultPriority,
    payload,
    options: optionsOf(run, carrying),
    step: stepOf(run, step, role),
    createdAt: now,
    causationId,
  };
}

function optionsOf(run: WorkflowRun, { retry, timeout }: Carrying): TaskOptions | undefined {
  if (!retry && !timeout && run.traceparent === undefined) return undefined;
  return {
    ...(retry && { retry: retry as RetryOptions }),
    ...(timeout && { timeout: timeout as TimeoutOptions }),
    ...(run.traceparent !== undefined && { traceparent: run.traceparent }),
  };
}

/** The own row of a step that waits, starts a child or fans out. */
export function makeOpenRow(run: WorkflowRun, step: number, payload: string, { now, causationId }: Cause): NewStepRow {
  const { kind } = run.graph.steps[step] as CompiledStep;
  return {
    ...bareRow(run, step, payload, { now, causationId }),
    status: kind === 'sleep' ? 'scheduled' : 'running',
    startedAt: now,
  };
}

/** The own row of a step that ended as it was to begin. */
export function makeEndedRow(
  run: WorkflowRun,
  step: number,
  end: Pick<NewStepRow, 'status' | 'error'>,
  cause: Cause,
): NewStepRow {
  return { ...bareRow(run, step, 'null', cause), ...end, finishedAt: cause.now };
}

function bareRow(run: WorkflowRun, step: number, payload: string, cause: Cause): NewStepRow {
  const definition = run.graph.steps[step] as CompiledStep;
  const type = definition.kind === 'task' ? definition.type : stepRowType(definition.kind);
  const carrying = { ...definition, type, retry: undefined, timeout: undefined };
  const task = carry(run, step, ownRow, carrying, payload, cause);
  return { ...task, status: 'running', result: null, error: null, startedAt: null, finishedAt: null };
}

/** An item that starts, or waits for its turn. */
export function makeItemRow(task: NewTask, status: 'queued' | 'blocked'): NewStepRow {
  return { ...task, status, result: null, error: null, startedAt: null, finishedAt: null };
}
