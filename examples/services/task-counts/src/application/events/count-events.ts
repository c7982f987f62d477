import type { DayCounted, TaskCountsEventType } from '@taskflow/contracts-task-counts';
import type { EventRecord } from '@taskflow/kit-messaging';
import { instantText } from '@taskflow/kit-time';
import type { DayCount } from '../../domain/day-counts.ts';

const counted: TaskCountsEventType = 'taskflow.task-counts.day-counted.v1';

/** Events of one type of task keep their order. `now` in epoch milliseconds. */
export function dayCountedEvent({ tenantId, type, ...count }: DayCount, id: string, now: number): EventRecord {
  const data: DayCounted = { eventId: id, type, ...count, countedAt: instantText(now) };
  return { id, type: counted, subject: `task-counts/${type}`, key: type, time: now, tenantId, data };
}
