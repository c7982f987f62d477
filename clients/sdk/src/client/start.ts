import { randomUUID } from 'node:crypto';
import type { http } from '@taskflow/contracts-task-management';
import type { AnyTask } from '../definitions/task.ts';
import type { AnyWorkflow } from '../definitions/workflow-graph.ts';
import { notAvailable } from '../errors.ts';
import type { HttpApi } from './http-api.ts';
import { type StartOptions, taskRequest, workflowRequest } from './start-options.ts';
import { type TaskHandle, taskHandle } from './task-handle.ts';
import { type WorkflowHandle, workflowHandle } from './workflow-handle.ts';

/** Bounds of one batch: the contract's count, and half of its bytes so that the frame around the payloads fits too. */
const batchCount = 1_000;
const batchBytes = 8 * 1024 * 1024;

interface Item {
  readonly input: unknown;
  readonly options?: StartOptions;
}

export async function startTask(
  api: HttpApi,
  task: AnyTask,
  input: unknown,
  options: StartOptions,
): Promise<TaskHandle<unknown>> {
  const created = await api.request<http.tasks.TaskReceiptBody>({
    method: 'POST',
    path: '/api/v1/tasks',
    body: taskRequest(task, input, options),
    minimal: true,
    idempotencyKey: options.idempotencyKey ?? randomUUID(),
  });
  return taskHandle(api, created.id);
}

/** One batch after the other, so that what was started is always a beginning of the list. */
export async function startTasks(api: HttpApi, task: AnyTask, items: readonly Item[]): Promise<TaskHandle<unknown>[]> {
  const requests = items.map(({ input, options = {} }) => {
    if (options.idempotencyKey !== undefined) throw notAvailable('an idempotencyKey per item of startMany');
    return taskRequest(task, input, options);
  });
  const handles: TaskHandle<unknown>[] = [];
  for (const tasks of batches(requests)) {
    const answer = await api.request<http.tasks.TaskReceiptBatchBody>({
      method: 'POST',
      path: '/api/v1/tasks/batch',
      body: { tasks },
      minimal: true,
      idempotencyKey: randomUUID(),
    });
    for (const created of answer.tasks) handles.push(taskHandle(api, created.id));
  }
  return handles;
}

export async function startWorkflow(
  api: HttpApi,
  workflow: AnyWorkflow,
  input: unknown,
  options: StartOptions,
): Promise<WorkflowHandle<unknown>> {
  const started = await api.request<http.workflows.WorkflowBody>({
    method: 'POST',
    path: '/api/v1/workflows',
    body: workflowRequest(workflow, input, options),
    idempotencyKey: options.idempotencyKey ?? randomUUID(),
  });
  return workflowHandle(api, started.id);
}

function* batches(requests: readonly http.tasks.CreateTaskRequest[]): Iterable<http.tasks.CreateTaskRequest[]> {
  let batch: http.tasks.CreateTaskRequest[] = [];
  let bytes = 0;
  for (const request of requests) {
    const size = Buffer.byteLength(JSON.stringify(request));
    if (batch.length === batchCount || (batch.length > 0 && bytes + size > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(request);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
