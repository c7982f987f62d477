import { instantText } from '@taskflow/kit-time';
import type { EventRecord } from '@taskflow/kit-messaging';
import { type Emission, eventRecord } from './event-records.ts';
import type { NewWorkflow } from './workflow-record.ts';

/** What the events of one workflow have in common. */
export interface WorkflowSubject {
  readonly tenantId: string;
  readonly id: string;
  readonly name: string;
  readonly version: number | undefined;
  readonly traceparent: string | undefined;
  readonly createdAt: number;
}

export function workflowStarted(emission: Emission, workflow: NewWorkflow): EventRecord {
  const subject = { ...workflow, traceparent: workflow.options.traceparent };
  return workflowEvent(emission, 'taskflow.workflow.started.v1', subject, undefined, {
    steps: workflow.stored.graph.steps.length,
    graphHash: workflow.stored.hash,
    startedAt: instantText(workflow.createdAt),
  });
}

export function workflowCompleted(
  emission: Emission,
  subject: WorkflowSubject,
  causationId: string | undefined,
  output: string | undefined,
): EventRecord {
  const raw = output === undefined ? undefined : { output };
  return workflowEvent(emission, 'taskflow.workflow.completed.v1', subject, causationId, span(emission, subject), raw);
}

/** `error` is JSON text. */
export function workflowFailed(
  emission: Emission,
  subject: WorkflowSubject,
  causationId: string | undefined,
  step: string,
  error: string,
): EventRecord {
  const data = { step, ...span(emission, subject) };
  return workflowEvent(emission, 'taskflow.workflow.failed.v1', subject, causationId, data, { error });
}

export function workflowCancelled(
  emission: Emission,
  subject: WorkflowSubject,
  causationId: string | undefined,
  reason: string | null,
): EventRecord {
  const data = { ...(reason !== null && { reason }), ...span(emission, subject) };
  return workflowEvent(emission, 'taskflow.workflow.cancelled.v1', subject, causationId, data);
}

function span(emission: Emission, subject: WorkflowSubject) {
  return { startedAt: instantText(subject.createdAt), finishedAt: instantText(emission.now) };
}

function workflowEvent(
  emission: Emission,
  type: Parameters<typeof eventRecord>[1]['type'],
  subject: WorkflowSubject,
  causationId: string | undefined,
  data: Record<string, unknown>,
  raw?: Record<string, string>,
): EventRecord {
  const { id, name, version } = subject;
  return eventRecord(emission, {
    type,
    subject: `workflows/${id}`,
    key: id,
    tenantId: subject.tenantId,
    causationId,
    traceparent: subject.traceparent,
    data: { eventId: '', workflowId: id, name, ...(version !== undefined && { version }), ...data },
    raw,
  });
}
