import { z } from 'zod';
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
