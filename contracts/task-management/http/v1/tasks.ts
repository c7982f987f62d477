import { z } from 'zod';
import { id, name, notAvailable, priority, retry, tagName, tags, taskType, timeout } from './scalars.ts';

export const createTask = z.strictObject({
  type: taskType,
  payload: z.unknown().optional(),
  queue: name.optional(),
  priority: priority.optional(),
  retry: retry.optional(),
  timeout: timeout.optional(),
  tags: tags.optional(),
  runAt: notAvailable.optional(),
  delay: notAvailable.optional(),
  sla: notAvailable.optional(),
});
export type CreateTaskBody = z.infer<typeof createTask>;
export type CreateTaskRequest = z.input<typeof createTask>;

export const createTaskBatch = z.strictObject({ tasks: z.array(createTask).min(1).max(1000) });
export type CreateTaskBatchRequest = z.input<typeof createTaskBatch>;

export const cancelTask = z.strictObject({ reason: z.string().max(500).optional() });
export const patchTask = z.strictObject({ priority });

/**
 * `stuck`: what task-execution reported of it could not be written; it waits for somebody to retry or cancel it. The set
 * may grow: a reader takes a status that it does not know for one that is not final.
 */
export const taskStatus = z
  .enum([
    'scheduled',
    'blocked',
    'queued',
    'running',
    'retrying',
    'completed',
    'failed',
    'cancelled',
    'skipped',
    'stuck',
  ])
  .meta({ 'x-grows': true });
export type TaskStatus = z.infer<typeof taskStatus>;

const tagPrefix = 'tag.';
const isTagFilter = (key: string) =>
  key.startsWith(tagPrefix) && tagName.safeParse(key.slice(tagPrefix.length)).success;

/** Besides these, `tag.<name>=<value>` for any number of tags. */
export const listTasks = z
  .object({
    status: taskStatus.optional(),
    type: name.optional(),
    queue: name.optional(),
    workflow: id.optional(),
    limit: z.coerce.number().int().min(1).max(200).optional(),
    cursor: z.string().max(500).optional(),
  })
  .catchall(z.string().max(200))
  .superRefine((query, context) => {
    const known = ['status', 'type', 'queue', 'workflow', 'limit', 'cursor'];
    const unknown = Object.keys(query).filter((key) => !known.includes(key) && !isTagFilter(key));
    if (unknown.length > 0) context.addIssue({ code: 'unrecognized_keys', keys: unknown, input: query });
  });

export const problemError = z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() });

/** A task as the API shows it. */
export const task = z.object({
  id: z.uuid(),
  type: z.string(),
  queue: z.string(),
  priority: z.int(),
  priorityName: z.enum(['critical', 'high', 'normal', 'low']).optional(),
  status: taskStatus,
  generation: z.int(),
  payload: z.unknown(),
  result: z.unknown().optional(),
  error: problemError.optional(),
  attempts: z.int(),
  progress: z.object({ fraction: z.number(), message: z.string().optional() }).optional(),
  cancelRequested: z.boolean().optional(),
  retry: z
    .object({ maxAttempts: z.int(), backoff: z.string(), initial: z.int(), max: z.int(), jitter: z.string() })
    .optional(),
  timeout: z.object({ attempt: z.int().optional(), total: z.int().optional() }).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  workflowId: z.uuid().optional(),
  stepKey: z.string().optional(),
  /** What it does for its step, where it is not the step's own work. */
  stepRole: z.enum(['prepare', 'item', 'compensation']).optional(),
  /** Number of the item, from 0. */
  stepItem: z.int().optional(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  /** While it is `stuck`, for the reason that `error` gives. */
  stuckSince: z.iso.datetime().optional(),
  /** Members that are left out because what is stored of them cannot be read. */
  unreadable: z.array(z.string()).optional(),
});
export type TaskBody = z.infer<typeof task>;

export const taskList = z.object({ items: z.array(task), nextCursor: z.string().nullable() });
export type TaskListBody = z.infer<typeof taskList>;
/** What `Prefer: return=minimal` leaves of a task that was created. */
export const taskReceipt = z.object({ id: z.uuid(), status: taskStatus });
export type TaskReceiptBody = z.infer<typeof taskReceipt>;
export const taskReceiptBatch = z.object({ tasks: z.array(taskReceipt) });
export type TaskReceiptBatchBody = z.infer<typeof taskReceiptBatch>;
export const taskBatch = z.object({ tasks: z.array(task) });
export type TaskBatchBody = z.infer<typeof taskBatch>;
