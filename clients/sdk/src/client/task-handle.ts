import type { http } from '@taskflow/contracts-task-management';
import { type NotAvailable, refuseUnknown } from '../definitions/not-available.ts';
import { checkOptions, isText } from '../definitions/option-rules.ts';
import { decodeWire } from '../definitions/decode-wire.ts';
import { CancelledError, TaskFailedError } from '../errors.ts';
import { createHandle, type Handle, missing, recordedFailure } from './handle.ts';
import type { HttpApi } from '../api/http-api.ts';

export type TaskBody = http.tasks.TaskBody;
export type TaskStatus = http.tasks.TaskStatus;

/** A task that was started. */
export interface TaskHandle<Output> extends Handle<TaskBody, TaskStatus, Output> {
  readonly kind: 'task';
  /** Asks for the cancel; `ConflictError` with code `already_finished` when it came too late. */
  cancel(options?: { readonly reason?: string }): Promise<void>;
  retry(refused: NotAvailable<'handle.retry of a task'>): never;
}

export function taskHandle<Output>(api: HttpApi, id: string): TaskHandle<Output> {
  return {
    kind: 'task',
    ...createHandle<TaskBody, TaskStatus, Output>(api, 'tasks', id, (task) => {
      if (task.status === 'completed') return { done: true, result: decodeWire(task.result) as Output };
      if (task.status === 'failed') {
        return { done: true, error: new TaskFailedError(id, task.type, task.attempts, recordedFailure(task.error)) };
      }
      if (task.status === 'cancelled' || task.status === 'skipped') {
        return { done: true, error: new CancelledError(`task ${id} (${task.type}) was ${task.status}`) };
      }
      return { done: false };
    }),
    async cancel(options = {}) {
      refuseUnknown('cancel of a task', options, ['reason']);
      checkOptions('cancel of a task', options, { reason: isText(500, 0) });
      const { reason } = options;
      const body = reason === undefined ? {} : { reason };
      await api.request({ method: 'POST', path: `/api/v1/tasks/${encodeURIComponent(id)}/cancel`, body });
    },
    retry: missing('retry'),
  };
}
