import { z } from 'zod';

const uuid = z.uuid();
const instant = z.iso.datetime();
const json = z.json();

/** `attempt` counts from 1 within a generation. */
const identity = { eventId: uuid, taskId: uuid, generation: z.int().min(1) };
const attempt = z.int().min(1);

export const executionError = z.object({
  code: z.string(),
  message: z.string(),
  details: json.optional(),
});
export type ExecutionError = z.infer<typeof executionError>;

export const taskQueued = z.object({
  ...identity,
  type: z.string(),
  queue: z.string(),
  priority: z.int(),
  queuedAt: instant,
});
export const taskStarted = z.object({
  ...identity,
  type: z.string(),
  queue: z.string(),
  attempt,
  worker: z.string(),
  startedAt: instant,
});
/** The latest progress of an attempt; those between may be left out. */
export const taskProgressUpdated = z.object({
  ...identity,
  attempt,
  fraction: z.number().min(0).max(1),
  message: z.string().optional(),
  at: instant,
});
export const taskCompleted = z.object({
  ...identity,
  type: z.string(),
  queue: z.string(),
  attempt,
  result: json,
  /** The handler found that its step has nothing to do: the task ends as skipped, without a result. */
  skipped: z.boolean().optional(),
  startedAt: instant,
  finishedAt: instant,
});
/** Final: no attempt is left, or another one would be pointless. `startedAt` is absent when no attempt ever began. */
export const taskFailed = z.object({
  ...identity,
  type: z.string(),
  queue: z.string(),
  attempt: z.int().min(0),
  reason: z.enum(['terminal', 'attempts-exhausted', 'total-timeout']),
  error: executionError,
  /**
   * An attempt of this generation ended without a word of its handler (timeout, lost worker, handed back unfinished):
   * nobody knows how far it came, whatever the last one said of itself.
   */
  outcomeUnknown: z.boolean().optional(),
  startedAt: instant.optional(),
  finishedAt: instant,
});
export const taskRetryScheduled = z.object({
  ...identity,
  attempt,
  nextAttempt: attempt,
  error: executionError,
  dueAt: instant,
});
/** Final: cancelled at the request of task-management. */
export const taskExecutionCancelled = z.object({
  ...identity,
  attempt: z.int().min(0),
  /** An attempt was running, or an earlier one ended without a word of its handler: nobody knows how far it came. */
  outcomeUnknown: z.boolean().optional(),
  cancelledAt: instant,
});
export const taskDeadLettered = z.object({
  ...identity,
  type: z.string(),
  queue: z.string(),
  attempt: z.int().min(0),
  reason: z.string(),
  fingerprint: z.string(),
  error: executionError,
  at: instant,
});
export const workerLost = z.object({
  eventId: uuid,
  worker: z.string(),
  session: uuid,
  leases: z.int().min(0),
  lostAt: instant,
});

export type TaskQueued = z.infer<typeof taskQueued>;
export type TaskStarted = z.infer<typeof taskStarted>;
export type TaskProgressUpdated = z.infer<typeof taskProgressUpdated>;
export type TaskCompleted = z.infer<typeof taskCompleted>;
export type TaskFailed = z.infer<typeof taskFailed>;
export type TaskRetryScheduled = z.infer<typeof taskRetryScheduled>;
export type TaskExecutionCancelled = z.infer<typeof taskExecutionCancelled>;
export type TaskDeadLettered = z.infer<typeof taskDeadLettered>;
export type WorkerLost = z.infer<typeof workerLost>;

/** Every event of task-execution, version 1: contract name to schema of its body. */
export const taskExecutionEvents = {
  'taskflow.task.queued.v1': taskQueued,
  'taskflow.task.started.v1': taskStarted,
  'taskflow.task.progress-updated.v1': taskProgressUpdated,
  'taskflow.task.completed.v1': taskCompleted,
  'taskflow.task.failed.v1': taskFailed,
  'taskflow.task.retry-scheduled.v1': taskRetryScheduled,
  'taskflow.task.execution-cancelled.v1': taskExecutionCancelled,
  'taskflow.task.dead-lettered.v1': taskDeadLettered,
  'taskflow.worker.lost.v1': workerLost,
} as const;
export type TaskExecutionEventType = keyof typeof taskExecutionEvents;
