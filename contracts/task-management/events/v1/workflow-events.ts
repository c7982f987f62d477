import { z } from 'zod';
import { waitKind } from '../../http/v1/waits.ts';
import { failure, instant, json, uuid } from './shared.ts';

const identity = { eventId: uuid, workflowId: uuid, name: z.string(), version: z.int().min(1).optional() };

export const workflowStarted = z.object({
  ...identity,
  steps: z.int().min(1),
  graphHash: z.string(),
  startedAt: instant,
});
export type WorkflowStarted = z.infer<typeof workflowStarted>;

/** The step will not run. */
export const workflowStepSkipped = z.object({ ...identity, step: z.string(), reason: z.string(), skippedAt: instant });
export type WorkflowStepSkipped = z.infer<typeof workflowStepSkipped>;

export const workflowCompleted = z.object({
  ...identity,
  output: json.optional(),
  startedAt: instant,
  finishedAt: instant,
});
export type WorkflowCompleted = z.infer<typeof workflowCompleted>;

export const workflowFailed = z.object({
  ...identity,
  step: z.string(),
  error: failure,
  startedAt: instant,
  finishedAt: instant,
});
export type WorkflowFailed = z.infer<typeof workflowFailed>;

export const workflowCancelled = z.object({
  ...identity,
  reason: z.string().optional(),
  startedAt: instant,
  finishedAt: instant,
});
export type WorkflowCancelled = z.infer<typeof workflowCancelled>;

/** The step began to wait; nothing runs for it meanwhile. `until` is when it wakes up or gives up. */
export const workflowStepWaiting = z.object({
  ...identity,
  step: z.string(),
  kind: waitKind,
  /** Of the signal or event, or the id of the child workflow. */
  waitsFor: z.string().optional(),
  until: instant.optional(),
  waitingAt: instant,
});
export type WorkflowStepWaiting = z.infer<typeof workflowStepWaiting>;

/** A step that waited has ended. Steps with a task end with the task's event. */
export const workflowStepSettled = z.object({
  ...identity,
  step: z.string(),
  kind: waitKind,
  status: z.enum(['completed', 'failed', 'cancelled']),
  error: failure.optional(),
  settledAt: instant,
});
export type WorkflowStepSettled = z.infer<typeof workflowStepSettled>;

/** Finished steps are being undone. */
export const workflowCompensating = z.object({
  ...identity,
  reason: z.enum(['step-failed', 'cancelled', 'retried']),
  /** The step that failed for good. */
  step: z.string().optional(),
  error: failure.optional(),
  compensatingAt: instant,
});
export type WorkflowCompensating = z.infer<typeof workflowCompensating>;

/** Final: everything that was done and can be undone is undone, by a task or settled by hand. */
export const workflowCompensated = z.object({
  ...identity,
  step: z.string().optional(),
  error: failure.optional(),
  /** How many steps were undone. */
  compensations: z.int().min(0),
  startedAt: instant,
  finishedAt: instant,
});
export type WorkflowCompensated = z.infer<typeof workflowCompensated>;

/** A compensation failed for good: the workflow is parked until somebody retries it or settles the step by hand. */
export const workflowCompensationStuck = z.object({
  ...identity,
  step: z.string(),
  error: failure,
  stuckAt: instant,
});
export type WorkflowCompensationStuck = z.infer<typeof workflowCompensationStuck>;

/** Nothing new starts until it is resumed; what runs goes on. */
export const workflowPaused = z.object({ ...identity, reason: z.string().optional(), pausedAt: instant });
export type WorkflowPaused = z.infer<typeof workflowPaused>;

export const workflowResumed = z.object({ ...identity, resumedAt: instant });
export type WorkflowResumed = z.infer<typeof workflowResumed>;

/** A finished workflow runs again; `version` is the one that it runs on now. */
export const workflowRetried = z.object({
  ...identity,
  /** Steps that run again, besides all that follow them. */
  from: z.array(z.string()),
  graphHash: z.string(),
  retriedAt: instant,
});
export type WorkflowRetried = z.infer<typeof workflowRetried>;
