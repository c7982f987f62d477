import type { WaitKind } from '@taskflow/contracts-task-management';
import type { EventRecord } from '@taskflow/kit-messaging';
import { instantText } from '@taskflow/kit-time';
import type { Emission } from './emission.ts';
import { workflowEvent, type WorkflowSubject } from './workflow-events.ts';

export function workflowStepSkipped(
  emission: Emission,
  subject: WorkflowSubject,
  causationId: string | undefined,
  step: string,
  reason: string,
): EventRecord {
  const data = { step, reason, skippedAt: instantText(emission.now) };
  return workflowEvent(emission, 'taskflow.workflow.step-skipped.v1', subject, causationId, data);
}

export interface WaitingStep {
  readonly step: string;
  readonly kind: WaitKind;
  /** Of the signal or event, or the id of the child workflow. */
  readonly waitsFor?: string | undefined;
  /** Epoch milliseconds. */
  readonly until?: number | undefined;
}

export function workflowStepWaiting(
  emission: Emission,
  subject: WorkflowSubject,
  causationId: string | undefined,
  { step, kind, waitsFor, until }: WaitingStep,
): EventRecord {
  const data = {
    step,
    kind,
    ...(waitsFor !== undefined && { waitsFor }),
    ...(until !== undefined && { until: instantText(until) }),
    waitingAt: instantText(emission.now),
  };
  return workflowEvent(emission, 'taskflow.workflow.step-waiting.v1', subject, causationId, data);
}

export interface SettledStep {
  readonly step: string;
  readonly kind: WaitKind;
  readonly status: 'completed' | 'failed' | 'cancelled';
  /** JSON text. */
  readonly error: string | null;
}

export function workflowStepSettled(
  emission: Emission,
  subject: WorkflowSubject,
  causationId: string | undefined,
  { step, kind, status, error }: SettledStep,
): EventRecord {
  const data = { step, kind, status, settledAt: instantText(emission.now) };
  const raw = error === null ? undefined : { error };
  return workflowEvent(emission, 'taskflow.workflow.step-settled.v1', subject, causationId, data, raw);
}
