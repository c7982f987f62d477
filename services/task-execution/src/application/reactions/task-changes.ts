import type { TaskManagementEventType, Timeouts } from '@taskflow/contracts-task-management';
import { type EventRecord, rawField } from '@taskflow/kit-messaging';
import { raisedLimit } from '../../domain/completion.ts';
import type { WorkChange } from '../../domain/fold-changes.ts';
import { encodeOptions, type RetryPolicy, type StepOf } from '../../domain/work.ts';

/** Events of task-management that change executions. */
export const consumedTypes = [
  'taskflow.task.created.v1',
  'taskflow.task.retry-requested.v1',
  'taskflow.task.cancel-requested.v1',
  'taskflow.task.priority-changed.v1',
] as const satisfies readonly TaskManagementEventType[];

/**
 * Translates an event into the service's own words; undefined when it cannot be read. Only what the tables need is
 * looked at: the producer has checked its contract, and a field that is new to this version must not stop the stream.
 */
export function changeOf(event: EventRecord): WorkChange | undefined {
  const { tenantId } = event;
  const { taskId, generation, priority } = event.data;
  if (typeof taskId !== 'string' || typeof generation !== 'number') return undefined;
  switch (event.type) {
    case 'taskflow.task.created.v1':
      return arrival(event, taskId, generation, false);
    case 'taskflow.task.retry-requested.v1':
      return arrival(event, taskId, generation, true);
    case 'taskflow.task.cancel-requested.v1':
      return { kind: 'cancel', tenantId, taskId, generation };
    case 'taskflow.task.priority-changed.v1':
      if (typeof priority !== 'number') return undefined;
      return { kind: 'reprioritize', tenantId, taskId, generation, priority };
    default:
      return undefined;
  }
}

function arrival(event: EventRecord, taskId: string, generation: number, isRetry: boolean): WorkChange | undefined {
  const { type, queue, priority, definition = '' } = event.data;
  if (typeof type !== 'string' || typeof queue !== 'string' || typeof priority !== 'number') return undefined;
  // Work that no worker may touch but one would otherwise run anywhere.
  if (typeof definition !== 'string') return undefined;
  const timeout = event.data['timeout'] as Timeouts | undefined;
  const options = encodeOptions({
    retry: event.data['retry'] as RetryPolicy | undefined,
    tags: event.data['tags'] as Record<string, string> | undefined,
    workflow: event.data['workflow'] as StepOf | undefined,
    maxResultBytes: raisedLimit(event.data['maxResultBytes']),
    correlationId: event.correlationId,
    traceparent: event.traceparent,
  });
  const work = {
    tenantId: event.tenantId,
    taskId,
    generation,
    queue,
    type,
    definition,
    priority,
    attemptMs: timeout?.attemptMs ?? null,
    // A span and no instant: the clock of who sends this may differ from that of the database which judges it.
    totalMs: timeout?.totalMs ?? null,
    payload: rawField(event, 'payload') ?? 'null',
    options,
  };
  return { kind: 'arrive', work, isRetry };
}
