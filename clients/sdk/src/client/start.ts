import { randomUUID } from 'node:crypto';
import type { http } from '@taskflow/contracts-task-management';
import type { AnyTask } from '../definitions/task.ts';
import type { AnyWorkflow } from '../definitions/workflow-graph.ts';
import type { HttpApi } from '../api/http-api.ts';
import { type StartOptions, taskRequest, workflowRequest } from './start-options.ts';
import { type TaskHandle, taskHandle } from './task-handle.ts';
import { type WorkflowHandle, workflowHandle } from './workflow-handle.ts';

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
