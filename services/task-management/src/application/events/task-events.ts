import type { RetryPolicy } from '@taskflow/contracts-task-management';
import { instantText } from '@taskflow/kit-time';
import type { EventRecord } from '@taskflow/kit-messaging';
import { type Emission, eventRecord } from './emission.ts';
import {
  completeRetry,
  firstGeneration,
  type NewTask,
  type RetryOptions,
  type StepOf,
  type TimeoutOptions,
} from '../records/task-record.ts';

/** The facts that the events of one task have in common. */
export interface TaskSubject {
  readonly tenantId: string;
  readonly id: string;
  readonly generation: number;
  readonly workflowId: string | null;
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

export function taskCancelRequested(emission: Emission, subject: TaskSubject, reason: string | null): EventRecord {
  return taskEvent(emission, 'taskflow.task.cancel-requested.v1', subject, undefined, {
    ...(reason !== null && { reason }),
    requestedAt: instantText(emission.now),
  });
}

export function taskCancelled(
  emission: Emission,
  subject: TaskSubject & { readonly type: string; readonly queue: string; readonly cancelReason: string | null },
  step: StepOf | undefined,
  causationId: string | undefined,
): EventRecord {
  return taskEvent(emission, 'taskflow.task.cancelled.v1', subject, causationId, {
    type: subject.type,
    queue: subject.queue,
    ...(subject.cancelReason !== null && { reason: subject.cancelReason }),
    ...(step && { workflow: stepReference(step) }),
    cancelledAt: instantText(emission.now),
  });
}

export function taskPriorityChanged(
  emission: Emission,
  subject: TaskSubject,
  change: { readonly priority: number; readonly previousPriority: number },
): EventRecord {
  return taskEvent(emission, 'taskflow.task.priority-changed.v1', subject, undefined, {
    priority: change.priority,
    previousPriority: change.previousPriority,
    changedAt: instantText(emission.now),
  });
}

/** Carries the whole work again, like its creation did. */
export function taskRetryRequested(emission: Emission, task: NewTask, generation: number): EventRecord {
  const subject = { ...task, generation, workflowId: task.step?.workflowId ?? null };
  const data = { ...workOf(task), createdAt: instantText(task.createdAt) };
  return {
    ...taskEvent(emission, 'taskflow.task.retry-requested.v1', subject, task.causationId, data),
    traceparent: task.options?.traceparent,
    raw: { payload: task.payload },
  };
}

function taskEvent(
  emission: Emission,
  type: Parameters<typeof eventRecord>[1]['type'],
  subject: TaskSubject,
  causationId: string | undefined,
  data: Record<string, unknown>,
): EventRecord {
  return eventRecord(emission, {
    type,
    subject: `tasks/${subject.id}`,
    key: taskKey(subject.id, subject.workflowId),
    tenantId: subject.tenantId,
    causationId,
    data: { eventId: '', taskId: subject.id, generation: subject.generation, ...data },
  });
}

/** Events of a step travel with their workflow, those of any other task by themselves. */
function taskKey(taskId: string, workflowId: string | null | undefined): string {
  return workflowId ?? taskId;
}

/** The members of `taskCreated` and `taskRetryRequested` that say what is to be done; the payload apart. */
function workOf(
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
