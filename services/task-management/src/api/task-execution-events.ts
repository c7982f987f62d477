import type { TaskExecutionEventType } from '@taskflow/contracts-task-execution';
import { type EventRecord, rawField } from '@taskflow/kit-messaging';
import { instantMs } from '@taskflow/kit-time';
import type { ReceivedEvent } from '../application/advance/advance-command.ts';
import type { ExecutionEvent } from '../domain/task/task-update.ts';

/** The events of executions that task-management follows. */
export const consumedTypes = [
  'taskflow.task.started.v1',
  'taskflow.task.progress-updated.v1',
  'taskflow.task.retry-scheduled.v1',
  'taskflow.task.completed.v1',
  'taskflow.task.failed.v1',
  'taskflow.task.execution-cancelled.v1',
] as const satisfies readonly TaskExecutionEventType[];

const uuidSyntax = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const maxSmallint = 32_767;

/** Translates an event into the service's own words; `undefined` where it breaks its contract. */
export function translateEvent(event: EventRecord): ReceivedEvent | undefined {
  const { taskId, generation, attempt } = event.data;
  if (typeof taskId !== 'string' || !uuidSyntax.test(taskId) || !uuidSyntax.test(event.tenantId)) return undefined;
  if (!isCount(generation) || !isCount(attempt)) return undefined;
  const reported = executionEvent(event, attempt);
  return reported && { tenantId: event.tenantId, taskId, generation, eventId: event.id, event: reported };
}

function executionEvent(event: EventRecord, attempt: number): ExecutionEvent | undefined {
  const { data } = event;
  switch (event.type as (typeof consumedTypes)[number]) {
    case 'taskflow.task.started.v1':
      return { kind: 'started', attempt, startedAt: instantOf(data.startedAt) };
    case 'taskflow.task.progress-updated.v1':
      return { kind: 'progressed', attempt, progress: progressOf(data) };
    case 'taskflow.task.retry-scheduled.v1':
      return { kind: 'retry-scheduled', attempt, error: rawField(event, 'error') };
    case 'taskflow.task.completed.v1':
      return {
        kind: data.skipped === true ? 'skipped' : 'completed',
        attempt,
        result: rawField(event, 'result') ?? 'null',
        startedAt: instantOf(data.startedAt),
        finishedAt: instantOf(data.finishedAt) ?? event.time,
      };
    case 'taskflow.task.failed.v1':
      return {
        kind: 'failed',
        attempt,
        error: rawField(event, 'error') ?? unknownError,
        startedAt: instantOf(data.startedAt),
        finishedAt: instantOf(data.finishedAt) ?? event.time,
        outcomeUnknown: data.outcomeUnknown === true,
      };
    case 'taskflow.task.execution-cancelled.v1':
      return {
        kind: 'execution-cancelled',
        attempt,
        finishedAt: instantOf(data.cancelledAt) ?? event.time,
        outcomeUnknown: data.outcomeUnknown === true,
      };
  }
}

const unknownError = '{"code":"unknown","message":"The execution failed without saying why."}';

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= maxSmallint;
}

function instantOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? instantMs(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function progressOf({ fraction, message }: EventRecord['data']): string {
  return JSON.stringify(typeof message === 'string' ? { fraction, message } : { fraction });
}
