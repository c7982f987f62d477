import { instantText } from '@taskflow/kit-time';
import type { EventRecord } from '@taskflow/kit-messaging';
import { type Emission, eventRecord } from './emission.ts';
import type { NewWorkflow } from '../records/workflow-record.ts';

/** The facts that the events of one workflow have in common. */
export interface WorkflowSubject {
  readonly tenantId: string;
  readonly id: string;
  readonly name: string;
  readonly version: number | undefined;
  readonly traceparent: string | undefined;
  readonly createdAt: number;
}

export function workflowStarted(emission: Emission, workflow: NewWorkflow, causationId?: string): EventRecord {
  const subject = { ...workflow, traceparent: workflow.options.traceparent };
  return workflowEvent(emission, 'taskflow.workflow.started.v1', subject, causationId, {
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

/** The step that failed for good, and its error as JSON text. */
export interface FailedStep {
  readonly step: string | undefined;
  readonly error: string | null;
}

export function workflowCompensating(
  emission: Emission,
  subject: WorkflowSubject,
  causationId: string | undefined,
  reason: 'step-failed' | 'cancelled' | 'retried',
  failed: FailedStep,
): EventRecord {
  const data = { reason, ...failedData(failed), compensatingAt: instantText(emission.now) };
  return workflowEvent(emission, 'taskflow.workflow.compensating.v1', subject, causationId, data, failedRaw(failed));
}

export function workflowCompensated(
  emission: Emission,
  subject: WorkflowSubject,
  causationId: string | undefined,
  compensations: number,
  failed: FailedStep,
): EventRecord {
  const data = { ...failedData(failed), compensations, ...span(emission, subject) };
  return workflowEvent(emission, 'taskflow.workflow.compensated.v1', subject, causationId, data, failedRaw(failed));
}

/** `error` is JSON text. */
export function workflowCompensationStuck(
  emission: Emission,
  subject: WorkflowSubject,
  causationId: string | undefined,
  step: string,
  error: string,
): EventRecord {
  const data = { step, stuckAt: instantText(emission.now) };
  return workflowEvent(emission, 'taskflow.workflow.compensation-stuck.v1', subject, causationId, data, { error });
}

function failedData({ step }: FailedStep): Record<string, unknown> {
  return step === undefined ? {} : { step };
}

function failedRaw({ error }: FailedStep): Record<string, string> | undefined {
  return error === null ? undefined : { error };
}

export function workflowPaused(emission: Emission, subject: WorkflowSubject, reason: string | null): EventRecord {
  const data = { ...(reason !== null && { reason }), pausedAt: instantText(emission.now) };
  return workflowEvent(emission, 'taskflow.workflow.paused.v1', subject, undefined, data);
}

export function workflowResumed(emission: Emission, subject: WorkflowSubject): EventRecord {
  const data = { resumedAt: instantText(emission.now) };
  return workflowEvent(emission, 'taskflow.workflow.resumed.v1', subject, undefined, data);
}

/** `from`: keys of the steps that run again, besides all that follow them. */
export function workflowRetried(
  emission: Emission,
  subject: WorkflowSubject & { readonly hash: string },
  from: readonly string[],
): EventRecord {
  const data = { from, graphHash: subject.hash, retriedAt: instantText(emission.now) };
  return workflowEvent(emission, 'taskflow.workflow.retried.v1', subject, undefined, data);
}

function span(emission: Emission, subject: WorkflowSubject) {
  return { startedAt: instantText(subject.createdAt), finishedAt: instantText(emission.now) };
}

/** Gives an event of a workflow, or of a step of it. */
export function workflowEvent(
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
