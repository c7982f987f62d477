import { z } from 'zod';

/** WebSocket subprotocol of version 1. */
export const subprotocol = 'taskflow.worker.v1';

/** An id is a value: however its digits are written, it is read in the one form that everything compares. */
export const uuid = z.uuid().toLowerCase();
const names = z.array(z.string().min(1).max(200)).max(10_000);

/** What a worker says of itself. `session` resumes an earlier one. */
export const register = z.strictObject({
  name: z.string().min(1).max(200),
  /** Queues that it serves; absent means every queue. */
  queues: names.optional(),
  types: names,
  /** Workflow definitions that it holds, as `name@version`. */
  definitions: names.optional(),
  /** Slots: most tasks that it runs at once. */
  concurrency: z.int().min(1).max(10_000),
  session: uuid.optional(),
  /** On resume: leases that it holds or has finished without an acknowledgement. */
  holds: z.array(uuid).max(20_000).optional(),
});
export type Register = z.infer<typeof register>;

export const registered = z.object({
  session: uuid,
  leaseMs: z.int(),
  heartbeatMs: z.int(),
  /** Of `holds`: leases that the worker no longer has; it aborts their handlers and reports nothing. */
  lost: z.array(uuid),
});
export type Registered = z.infer<typeof registered>;

/** One attempt handed to a worker. */
export const delivery = z.object({
  /** Number of the delivery within the connection, from 1. */
  n: z.int().min(1),
  /** Unique per hand-over; every later word about this attempt carries it. */
  lease: uuid,
  taskId: uuid,
  generation: z.int().min(1),
  type: z.string(),
  queue: z.string(),
  attempt: z.int().min(1),
  payload: z.unknown(),
  /** Longest run of this attempt, in milliseconds from receipt. */
  timeoutMs: z.int().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  workflow: z
    .object({
      workflowId: uuid,
      name: z.string(),
      version: z.int().optional(),
      step: z.string(),
      /** Absent: the step's own work. */
      role: z.enum(['prepare', 'item', 'compensation']).optional(),
      /** Number of the item of a fan-out, from 0. */
      item: z.int().min(0).optional(),
    })
    .optional(),
  /** Largest result in bytes that is accepted; 256 kB unless told. */
  maxResultBytes: z.int().min(1).optional(),
  /** W3C trace context of whoever created the task. */
  traceparent: z.string().optional(),
});
export type Delivery = z.infer<typeof delivery>;

export const taskError = z.strictObject({
  code: z.string().min(1).max(200),
  /** Cut at 8 kB when it is stored. */
  message: z.string(),
  details: z.unknown().optional(),
});

export const completion = z.strictObject({
  lease: uuid,
  taskId: uuid,
  result: z.unknown().optional(),
  /** The step's condition does not hold: it ends as skipped, and `result` is left aside. */
  skipped: z.boolean().optional(),
});
export type Completion = z.infer<typeof completion>;

export const failureReport = z.strictObject({
  lease: uuid,
  taskId: uuid,
  error: taskError,
  /** `terminal` is never tried again, `retryable` by the task's policy, `released` is handed back without costing the attempt. */
  class: z.enum(['terminal', 'retryable', 'released']),
  retryAfterMs: z
    .int()
    .min(0)
    .max(366 * 86_400_000)
    .optional(),
});
export type FailureReport = z.infer<typeof failureReport>;

export const progressReport = z.strictObject({
  lease: uuid,
  taskId: uuid,
  fraction: z.number().min(0).max(1),
  message: z.string().max(500).optional(),
});
export type ProgressReport = z.infer<typeof progressReport>;

/** `superseded`: the lease was no longer in force, so nothing changed; that is no error. */
export const outcome = z.object({ lease: uuid, outcome: z.enum(['accepted', 'superseded']) });
export type Outcome = z.infer<typeof outcome>;

export const heartbeat = z.strictObject({
  /** Every lease that the worker holds or has finished without an acknowledgement. */
  holds: z.array(uuid).max(20_000),
  /** Highest delivery number received on this connection; what was sent later is not taken back. */
  received: z.int().min(0),
  /** Slots that are taken by handlers which go on although their attempts have ended; absent when there are none. */
  occupied: z.int().min(0).max(10_000).optional(),
});
export const heartbeatAnswer = z.object({
  /** Held leases that are no longer in force: abort them and report nothing. */
  lost: z.array(uuid),
});
