import { z } from 'zod';
import { completion, delivery, failureReport, heartbeat, outcome, progressReport } from './messages.ts';

const session = { session: z.uuid() };
const batch = <S extends z.ZodType>(item: S) => z.array(item).min(1).max(1000);

/** `POST /api/v1/worker/claim`: waits up to `waitMs` for the first delivery. */
export const claimRequest = z.strictObject({
  ...session,
  max: z.int().min(1).max(1000),
  waitMs: z.int().min(0).max(30_000).optional(),
});
export const claimAnswer = z.object({ deliveries: z.array(delivery) });
export const heartbeatRequest = z.strictObject({ ...session, ...heartbeat.shape });
export const progressRequest = z.strictObject({ ...session, items: batch(progressReport) });
export const completeRequest = z.strictObject({ ...session, items: batch(completion) });
export const failRequest = z.strictObject({ ...session, items: batch(failureReport) });
export const outcomesAnswer = z.object({ outcomes: z.array(outcome) });
