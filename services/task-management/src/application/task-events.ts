import { instantText } from '@taskflow/kit-time';
import type { EventRecord } from '@taskflow/kit-messaging';
import { type Emission, eventRecord, stepReference, taskKey, workOf } from './event-records.ts';
import type { NewTask, StepOf } from './task-record.ts';

/** The facts that the events of one task have in common. */
export interface TaskSubject {
  readonly tenantId: string;
  readonly id: string;
  readonly generation: number;
  readonly workflowId: string | null;
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
