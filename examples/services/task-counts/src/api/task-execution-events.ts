import { taskCompleted, type TaskExecutionEventType } from '@taskflow/contracts-task-execution';
import type { EventRecord } from '@taskflow/kit-messaging';
import { z } from 'zod';
import type { Completion } from '../domain/day-counts.ts';

/** Events of task-execution that are counted. */
export const consumedTypes = ['taskflow.task.completed.v1'] as const satisfies readonly TaskExecutionEventType[];

/** Text that a column and an entry of its index hold: one that they do not would stop the stream for everybody. */
const keepable = z
  .string()
  .max(220)
  .refine((text) => text.isWellFormed() && !text.includes('\0'));
const counted = taskCompleted.pick({ skipped: true, finishedAt: true }).extend({ tenantId: z.uuid(), type: keepable });

/** Translates an event into the service's own words; `undefined` where it breaks its contract. */
export function translateEvent({ tenantId, data }: EventRecord): Completion | undefined {
  const read = counted.safeParse({ ...data, tenantId });
  if (!read.success) return undefined;
  const { finishedAt, skipped = false, ...rest } = read.data;
  return { ...rest, finishedAt: Date.parse(finishedAt), skipped };
}
