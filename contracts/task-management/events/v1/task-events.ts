import { z } from 'zod';
import { generation, instant, json, priority, retryPolicy, timeouts, uuid, workflowStep } from './shared.ts';

const identity = { eventId: uuid, taskId: uuid, generation };

/** Everything that task-execution needs to carry the task out. */
const work = {
  ...identity,
  type: z.string(),
  queue: z.string(),
  priority,
  payload: json,
  retry: retryPolicy.optional(),
  timeout: timeouts.optional(),
  tags: z.record(z.string(), z.string()).optional(),
  workflow: workflowStep.optional(),
  /** Workflow definition, as `name@version`, that the worker must hold to carry the task out. */
  definition: z.string().optional(),
  /** Largest result in bytes, where it may be larger than that of other tasks. */
  maxResultBytes: z.int().min(1).optional(),
  createdAt: instant,
};

/** The task may run now. */
export const taskCreated = z.object(work);
export type TaskCreated = z.infer<typeof taskCreated>;

/** The task is accepted and due later; `taskCreated` follows when it is due. */
export const taskScheduled = z.object({ ...work, runAt: instant });
export type TaskScheduled = z.infer<typeof taskScheduled>;

/** A finished task is to run again, under a new generation. */
export const taskRetryRequested = z.object(work);
export type TaskRetryRequested = z.infer<typeof taskRetryRequested>;

export const taskCancelRequested = z.object({ ...identity, reason: z.string().optional(), requestedAt: instant });
export type TaskCancelRequested = z.infer<typeof taskCancelRequested>;

/** Final: the task will not run and did not complete. */
export const taskCancelled = z.object({
  ...identity,
  type: z.string(),
  queue: z.string(),
  reason: z.string().optional(),
  workflow: workflowStep.optional(),
  cancelledAt: instant,
});
export type TaskCancelled = z.infer<typeof taskCancelled>;

export const taskPriorityChanged = z.object({ ...identity, priority, previousPriority: priority, changedAt: instant });
export type TaskPriorityChanged = z.infer<typeof taskPriorityChanged>;
