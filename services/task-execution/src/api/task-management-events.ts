import type { TaskManagementEventType, Timeouts } from '@taskflow/contracts-task-management';
import { type EventRecord, rawField } from '@taskflow/kit-messaging';
import { raisedLimit } from '../domain/completion.ts';
import type { TaskRef, WorkChange } from '../domain/fold-changes.ts';
import { fit, fitRetryPolicy, maxSpanMs } from '../domain/retry-policy.ts';
import { encodeOptions, type NewWork, type StepOf, type UnfitWork, type WorkOptions } from '../domain/work.ts';

/** Events of task-management that change executions. */
export const consumedTypes = [
  'taskflow.task.created.v1',
  'taskflow.task.retry-requested.v1',
  'taskflow.task.cancel-requested.v1',
  'taskflow.task.priority-changed.v1',
] as const satisfies readonly TaskManagementEventType[];

const idSyntax = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const maxInt = 2_147_483_647;
/** Longer than any name and version, short enough for three of them to fit into an entry of an index. */
const maxName = 220;

/**
 * Translates an event into the service's own words; undefined when it cannot be read. Whatever reaches a table is
 * checked against what its column holds, because one value that does not fit would stop the stream for everybody: work
 * that cannot be carried out becomes a refusal, which ends its task by name. A field that is new to this version is
 * left aside.
 */
export function translateEvent(event: EventRecord): WorkChange | undefined {
  const task = taskOf(event);
  if (!task) return undefined;
  const { priority } = event.data;
  switch (event.type) {
    case 'taskflow.task.created.v1':
      return arrival(event, task, false);
    case 'taskflow.task.retry-requested.v1':
      return arrival(event, task, true);
    case 'taskflow.task.cancel-requested.v1':
      return { kind: 'cancel', ...task };
    case 'taskflow.task.priority-changed.v1':
      if (!isPriority(priority)) return undefined;
      return { kind: 'reprioritize', ...task, priority };
    default:
      return undefined;
  }
}

function taskOf({ tenantId: tenant, data: { taskId: task, generation } }: EventRecord): TaskRef | undefined {
  if (typeof tenant !== 'string' || typeof task !== 'string') return undefined;
  const [tenantId, taskId] = [tenant.toLowerCase(), task.toLowerCase()];
  if (!idSyntax.test(tenantId) || !idSyntax.test(taskId)) return undefined;
  if (typeof generation !== 'number' || !Number.isInteger(generation)) return undefined;
  return generation >= 1 && generation <= maxInt ? { tenantId, taskId, generation } : undefined;
}

function arrival(event: EventRecord, task: TaskRef, isRetry: boolean): WorkChange {
  try {
    return { kind: 'arrive', work: workOf(event, task), isRetry };
  } catch (fault) {
    const problem = fault instanceof UnfitError ? fault.message : 'it cannot be read';
    return { kind: 'refuse', work: unfit(event, task, problem) };
  }
}

class UnfitError extends Error {}

function need<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new UnfitError(problem);
  return value;
}

function workOf(event: EventRecord, task: TaskRef): NewWork {
  const { type, queue, priority, definition = '' } = event.data;
  const { attemptMs, totalMs } = (event.data['timeout'] ?? {}) as Partial<Timeouts>;
  return {
    ...task,
    queue: need(nameOf(queue, 1), 'its queue has no name that can be kept'),
    type: need(nameOf(type, 1), 'its type has no name that can be kept'),
    // Work that no worker may touch but one would otherwise run anywhere.
    definition: need(nameOf(definition, 0), 'its definition has no name that can be kept'),
    priority: need(isPriority(priority) ? priority : undefined, 'its priority is no whole number from 0 to 999'),
    attemptMs: spanOf(attemptMs, 'its limit of an attempt is no number'),
    // A span and no instant: the clock of who sends this may differ from that of the database which judges it.
    totalMs: spanOf(totalMs, 'its total timeout is no number'),
    payload: rawField(event, 'payload') ?? 'null',
    options: encodeOptions(optionsIn(event)),
  };
}

function optionsIn(event: EventRecord): WorkOptions {
  const { retry } = event.data;
  return {
    retry: retry === undefined ? undefined : need(fitRetryPolicy(retry), 'its retry policy cannot be followed'),
    tags: event.data['tags'] as Record<string, string> | undefined,
    workflow: event.data['workflow'] as StepOf | undefined,
    maxResultBytes: raisedLimit(event.data['maxResultBytes']),
    correlationId: event.correlationId,
    traceparent: event.traceparent,
  };
}

/** Of work that is refused: what its ending has to say, where it can be said. */
function unfit(event: EventRecord, task: TaskRef, problem: string): UnfitWork {
  const { type, queue, workflow } = event.data;
  const name = (value: unknown) => nameOf(value, 1) ?? 'unknown';
  const message = `The task cannot be carried out: ${problem}. Create it anew with values that fit.`;
  const options = encodeOptions({ workflow: isStep(workflow) ? workflow : undefined });
  return { ...task, queue: name(queue), type: name(type), options, error: { code: 'task_not_executable', message } };
}

function isStep(value: unknown): value is StepOf {
  return typeof (value as Partial<StepOf> | null | undefined)?.workflowId === 'string';
}

/** Text that a name column and its index hold; undefined when it is none. */
function nameOf(value: unknown, shortest: number): string | undefined {
  if (typeof value !== 'string' || value.length < shortest || value.length > maxName) return undefined;
  return value.includes('\0') || !value.isWellFormed() ? undefined : value;
}

function isPriority(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 999;
}

function spanOf(value: unknown, problem: string): number | null {
  return value === undefined ? null : need(fit(value, 1, maxSpanMs), problem);
}
