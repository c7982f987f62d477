import { z } from 'zod';

export const queue = z.object({
  name: z.string(),
  paused: z.boolean(),
  /** Tasks that may run now and wait for a worker. */
  depth: z.int(),
  running: z.int(),
  /** Tasks that wait for their next attempt. */
  delayed: z.int(),
  oldestMs: z.int().nullable(),
  /** Accepted and finished per second, over the last minute, as this process saw them. */
  rates: z.object({ in: z.number(), out: z.number() }),
  consumers: z.int(),
  limits: z.object({ concurrency: z.int().nullable() }),
  /** Kinds of its waiting tasks that no worker takes, a hundred at most; absent when there are none. */
  unserved: z.array(z.object({ type: z.string(), definition: z.string().optional() })).optional(),
});
export type QueueBody = z.infer<typeof queue>;
export const queueList = z.object({ items: z.array(queue) });
export const patchQueue = z.strictObject({ concurrency: z.int().min(1).max(100_000).nullable() });

export const worker = z.object({
  id: z.uuid(),
  name: z.string(),
  queues: z.array(z.string()),
  types: z.array(z.string()),
  /** Workflow definitions that it holds, as `name@version`; absent when it holds none. */
  definitions: z.array(z.string()).optional(),
  slots: z.object({ total: z.int(), busy: z.int() }),
  connected: z.boolean(),
  heartbeatAgeMs: z.int(),
  since: z.iso.datetime(),
});
export type WorkerBody = z.infer<typeof worker>;
export const workerList = z.object({ items: z.array(worker) });

export const deadLetter = z.object({
  id: z.uuid(),
  taskId: z.uuid(),
  generation: z.int(),
  type: z.string(),
  queue: z.string(),
  attempts: z.int(),
  reason: z.string(),
  fingerprint: z.string(),
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }),
  payload: z.unknown(),
  at: z.iso.datetime(),
});
export type DeadLetterBody = z.infer<typeof deadLetter>;
export const deadLetterList = z.object({ items: z.array(deadLetter), nextCursor: z.string().nullable() });
export const listDeadLetters = z.strictObject({
  queue: z.string().max(200).optional(),
  type: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(500).optional(),
});
