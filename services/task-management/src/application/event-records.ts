import { instantText } from '@taskflow/kit-time';
import type { RetryPolicy, TaskManagementEventType } from '@taskflow/contracts-task-management';
import type { EventRecord } from '@taskflow/kit-messaging';
import {
  completeRetry,
  firstGeneration,
  type NewTask,
  type RetryOptions,
  type StepOf,
  type TimeoutOptions,
} from './task-record.ts';

/** The facts that every event of one batch shares. */
export interface Emission {
  /** Epoch milliseconds. */
  readonly now: number;
  nextId(): string;
}

interface Announced {
  readonly type: TaskManagementEventType;
  readonly subject: string;
  readonly key: string;
  readonly tenantId: string;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly data: Record<string, unknown>;
  readonly raw?: Record<string, string> | undefined;
}

/** `eventId` is put first into the body, as every contract has it. */
export function eventRecord(emission: Emission, event: Announced): EventRecord {
  const id = emission.nextId();
  event.data.eventId = id;
  return {
    id,
    type: event.type,
    subject: event.subject,
    key: event.key,
    time: emission.now,
    tenantId: event.tenantId,
    correlationId: event.key,
    causationId: event.causationId,
    traceparent: event.traceparent,
    data: event.data,
    raw: event.raw,
  };
}

/** Events of a step travel with their workflow, those of any other task by themselves. */
export function taskKey(taskId: string, workflowId: string | null | undefined): string {
  return workflowId ?? taskId;
}

export function taskCreated(emission: Emission, task: NewTask): EventRecord {
  return eventRecord(emission, {
    type: 'taskflow.task.created.v1',
    subject: `tasks/${task.id}`,
    key: taskKey(task.id, task.step?.workflowId),
    tenantId: task.tenantId,
    causationId: task.causationId,
    traceparent: task.options?.traceparent,
    data: {
      eventId: '',
      taskId: task.id,
      generation: firstGeneration,
      ...workOf(task),
      createdAt: instantText(task.createdAt),
    },
    raw: { payload: task.payload },
  });
}

/** The members of `taskCreated` and `taskRetryRequested` that say what is to be done; the payload apart. */
export function workOf(
  task: Pick<NewTask, 'type' | 'queue' | 'priority' | 'options' | 'step' | 'definition' | 'maxResultBytes'>,
): Record<string, unknown> {
  const work: Record<string, unknown> = { type: task.type, queue: task.queue, priority: task.priority };
  if (task.options !== undefined) {
    const { retry, timeout, tags } = task.options;
    if (retry) work.retry = retryPolicy(retry);
    if (timeout) work.timeout = timeouts(timeout);
    if (tags) work.tags = tags;
  }
  if (task.step) work.workflow = stepReference(task.step);
  if (task.definition !== undefined) work.definition = task.definition;
  if (task.maxResultBytes !== undefined) work.maxResultBytes = task.maxResultBytes;
  return work;
}

export function stepReference({ workflowId, name, version, step, role, item }: StepOf): Record<string, unknown> {
  const reference: Record<string, unknown> = { workflowId, name };
  if (version !== undefined) reference.version = version;
  reference.step = step;
  if (role !== undefined) reference.role = role;
  if (item !== undefined) reference.item = item;
  return reference;
}

function retryPolicy(retry: RetryOptions): RetryPolicy {
  const { initial, max, ...rest } = completeRetry(retry);
  return { ...rest, initialMs: initial, maxMs: max };
}

function timeouts({ attempt, total }: TimeoutOptions): Record<string, number> {
  return { ...(attempt !== undefined && { attemptMs: attempt }), ...(total !== undefined && { totalMs: total }) };
}
