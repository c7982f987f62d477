import type { http } from '@taskflow/contracts-task-management';
import { checkExecutionOptions, checkTags } from '../definitions/check.ts';
import { type NotAvailable, refuseUnavailable, refuseUnknown } from '../definitions/not-available.ts';
import type { QueueDef } from '../definitions/queue.ts';
import type { AnyTask, Priority } from '../definitions/task.ts';
import { encodeWire } from '../definitions/wire-value.ts';
import type { AnyWorkflow } from '../definitions/workflow-graph.ts';

/** Options of a start. */
export interface StartOptions {
  /** The same key is the same start: a repeat gives the first one's handle. Default: a new one per call. */
  readonly idempotencyKey?: string;
  readonly priority?: Priority;
  /** Labels of a task. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The queue of a task, instead of its definition's. */
  readonly queue?: QueueDef;
  readonly id?: NotAvailable<'id'>;
  readonly onConflict?: NotAvailable<'onConflict'>;
  readonly sla?: NotAvailable<'sla'>;
  readonly delay?: NotAvailable<'delay'>;
  readonly at?: NotAvailable<'at'>;
  readonly expires?: NotAvailable<'expires'>;
  readonly notify?: NotAvailable<'notify'>;
}

const unavailable = ['id', 'onConflict', 'sla', 'delay', 'at', 'expires', 'notify'];
const known = ['idempotencyKey', 'priority', ...unavailable];

/** The body that creates a task. */
export function taskRequest(task: AnyTask, payload: unknown, options: StartOptions): http.tasks.CreateTaskRequest {
  const owner = `start of task "${task.id}"`;
  refuseUnavailable(owner, options, unavailable);
  refuseUnknown(owner, options, [...known, 'tags', 'queue']);
  checkExecutionOptions(owner, { priority: options.priority, queue: options.queue });
  checkTags(owner, options.tags);
  const queue = (options.queue ?? task.queue)?.id;
  const priority = options.priority ?? task.priority;
  return {
    type: task.id,
    payload: encodeWire(payload),
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority }),
    ...(task.retry !== undefined && { retry: task.retry }),
    ...(task.timeout !== undefined && { timeout: task.timeout }),
    ...(options.tags !== undefined && { tags: { ...options.tags } }),
  };
}

/** The body that starts a workflow. */
export function workflowRequest(
  workflow: AnyWorkflow,
  input: unknown,
  options: StartOptions,
): http.workflows.StartWorkflowRequest {
  const owner = `start of workflow "${workflow.id}"`;
  refuseUnavailable(owner, options, [...unavailable, 'tags', 'queue']);
  refuseUnknown(owner, options, [...known, 'tags', 'queue']);
  checkExecutionOptions(owner, { priority: options.priority });
  const priority = options.priority ?? workflow.priority;
  return {
    definition: workflow.id,
    version: workflow.version,
    // Without a schema the input is `undefined` wherever it is seen, and need not be sent.
    ...((input !== undefined || workflow.input !== undefined) && { input: encodeWire(input) }),
    ...(priority !== undefined && { priority }),
  };
}
