import type { EventRecord } from '@taskflow/kit-messaging';
import type { WaitKind } from '@taskflow/contracts-task-management';
import type { WorkflowNews } from '../../domain/workflow/effect.ts';
import type { StepKind } from '../../domain/workflow/graph.ts';
import type { Timer } from '../../domain/workflow/wait-kinds.ts';
import type { Emission } from '../events/emission.ts';
import {
  type FailedStep,
  workflowCancelled,
  workflowCompensated,
  workflowCompensating,
  workflowCompensationStuck,
  workflowCompleted,
  workflowFailed,
  workflowPaused,
  workflowResumed,
  workflowRetried,
} from '../events/workflow-events.ts';
import {
  type WaitingStep,
  workflowStepSettled,
  workflowStepSkipped,
  workflowStepWaiting,
} from '../events/workflow-step-events.ts';
import { timerRow } from './step-rows.ts';
import { addressOf, childOf, type WorkflowInstance } from './workflow-instance.ts';

/** The event that tells of it. */
export function eventOf(
  emission: Emission,
  instance: WorkflowInstance,
  causationId: string | undefined,
  news: WorkflowNews,
): EventRecord {
  const step = 'step' in news ? addressOf(instance, news.step) : '';
  switch (news.kind) {
    case 'paused':
      return workflowPaused(emission, instance, instance.pauseReason);
    case 'resumed':
      return workflowResumed(emission, instance);
    case 'cancelled':
      return workflowCancelled(emission, instance, causationId, instance.cancelReason);
    case 'retried':
      return workflowRetried(emission, instance, keysOf(instance, news.from));
    case 'completed':
      return workflowCompleted(emission, instance, causationId, news.output);
    case 'failed':
      return workflowFailed(emission, instance, causationId, step, news.error);
    case 'compensating':
      return workflowCompensating(emission, instance, causationId, news.reason, failureOf(instance));
    case 'compensated':
      return workflowCompensated(emission, instance, causationId, news.compensations, failureOf(instance));
    case 'compensation-stuck':
      return workflowCompensationStuck(emission, instance, causationId, step, news.error);
    case 'step-skipped':
      return workflowStepSkipped(emission, instance, causationId, step, news.reason);
    case 'step-waiting':
      return workflowStepWaiting(emission, instance, causationId, waitingStep(instance, news, emission.now));
    case 'step-settled':
      return workflowStepSettled(emission, instance, causationId, {
        ...news,
        step,
        kind: waitKindOf(instance, news.step),
      });
  }
}

function keysOf(instance: WorkflowInstance, steps: readonly number[]): string[] {
  return steps.map((step) => addressOf(instance, step));
}

function failureOf({ state, graph, error }: WorkflowInstance): FailedStep {
  return { step: state.failedStep === undefined ? undefined : graph.steps[state.failedStep]?.key, error };
}

/** What a step without a task of its own waits for. */
function waitKindOf({ graph }: WorkflowInstance, step: number): WaitKind {
  const kind = graph.steps[step]?.kind as Exclude<StepKind, 'task'>;
  return kind === 'each' ? 'items' : kind;
}

/** Words what a step that began to wait says of it; without a timer it waits for its items or its child. */
export function waitingStep(
  instance: WorkflowInstance,
  { step, timer }: { readonly step: number; readonly timer: Timer | undefined },
  now: number,
): WaitingStep {
  const waiting = { step: addressOf(instance, step), kind: waitKindOf(instance, step) };
  if (timer === undefined)
    return waiting.kind === 'child' ? { ...waiting, waitsFor: childOf(instance, step).id } : waiting;
  const { name, dueAt } = timerRow(timer, now);
  return { ...waiting, waitsFor: name ?? undefined, until: dueAt };
}
