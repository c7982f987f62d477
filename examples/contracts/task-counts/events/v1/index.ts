import { z } from 'zod';

/** More tasks of a type have completed on a day than were known before. */
export const dayCounted = z.object({
  eventId: z.uuid(),
  type: z.string(),
  /** In UTC. */
  day: z.iso.date(),
  /** All that are known now. */
  completed: z.int().min(1),
  countedAt: z.iso.datetime(),
});
export type DayCounted = z.infer<typeof dayCounted>;

/** Every event of task-counts, version 1: contract name to schema of its body. */
export const taskCountsEvents = {
  'taskflow.task-counts.day-counted.v1': dayCounted,
} as const;
export type TaskCountsEventType = keyof typeof taskCountsEvents;
