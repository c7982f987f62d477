import { z } from 'zod';

export const uuid = z.uuid();
/** RFC 3339 in UTC with milliseconds. */
export const instant = z.iso.datetime();
/** Any JSON value. */
export const json = z.json();
/** Higher is more urgent. */
export const priority = z.int().min(0).max(999);
/** Counts from 1; a retry of a finished task opens the next one. */
export const generation = z.int().min(1);

export const retryPolicy = z.object({
  maxAttempts: z.int().min(1),
  backoff: z.enum(['exponential', 'linear', 'fixed']),
  initialMs: z.int().min(0),
  maxMs: z.int().min(0),
  jitter: z.enum(['none', 'full', 'equal']),
});
export type RetryPolicy = z.infer<typeof retryPolicy>;

/** Holds for a task that brings no policy, and fills the members that a given one leaves out. */
export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 3,
  backoff: 'exponential',
  initialMs: 1_000,
  maxMs: 60_000,
  jitter: 'full',
};

export const timeouts = z.object({
  /** Longest time of one attempt, from hand-over. */
  attemptMs: z.int().min(1).optional(),
  /** Longest time from creation to the end, waiting and backoff included. */
  totalMs: z.int().min(1).optional(),
});
export type Timeouts = z.infer<typeof timeouts>;

/** What a task does for its step, where it is not the step's own work. */
export const stepRole = z.enum(['prepare', 'item', 'compensation']);
export type StepRole = z.infer<typeof stepRole>;

/** The step that a task carries out. */
export const workflowStep = z.object({
  workflowId: uuid,
  name: z.string(),
  version: z.int().min(1).optional(),
  step: z.string(),
  /**
   * Absent: the step's own work. `prepare` works out, in code, what the step waits for, starts or fans out over;
   * `item` is one of a fan-out; `compensation` undoes the step.
   */
  role: stepRole.optional(),
  /** Number of the item, from 0. */
  item: z.int().min(0).optional(),
});
export type WorkflowStep = z.infer<typeof workflowStep>;

export const failure = z.object({ code: z.string(), message: z.string(), details: json.optional() });
export type Failure = z.infer<typeof failure>;
