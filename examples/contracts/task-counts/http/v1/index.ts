import { z } from 'zod';

export const taskType = z.string().min(1).max(200);
export const listDayCounts = z.strictObject({ days: z.coerce.number().int().min(1).max(366).optional() });
/** Newest first; a day without completed tasks is left out. */
export const dayCountList = z.object({ items: z.array(z.object({ day: z.iso.date(), completed: z.int().min(1) })) });
