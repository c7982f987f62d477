import type { EventRecord } from '@taskflow/kit-messaging';
import { systemIds } from '@taskflow/kit-time';

export const tenant = '00000000-0000-0000-0000-000000000000';

/** As task-execution publishes it. */
export function completed(type: string, finishedAt = '2026-01-02T23:59:59.999Z', over: object = {}): EventRecord {
  const [id, taskId] = [systemIds.next(), systemIds.next()];
  return {
    id,
    type: 'taskflow.task.completed.v1',
    subject: `tasks/${taskId}`,
    key: taskId,
    time: Date.parse(finishedAt),
    tenantId: tenant,
    data: {
      eventId: id,
      taskId,
      generation: 1,
      type,
      queue: 'default',
      attempt: 1,
      startedAt: finishedAt,
      finishedAt,
      ...over,
    },
    raw: { result: 'null' },
  };
}
