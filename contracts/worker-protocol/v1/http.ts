import { z } from 'zod';
import {
  completion,
  delivery,
  failureReport,
  heartbeat,
  heartbeatAnswer,
  outcome,
  progressReport,
  uuid,
} from './messages.ts';

const session = { session: uuid };
const batch = <S extends z.ZodType>(item: S) => z.array(item).min(1).max(1000);

/** `POST /api/v1/worker/claim`: waits up to `waitMs` for the first delivery. */
export const claimRequest = z.strictObject({
  ...session,
  max: z.int().min(1).max(1000),
  waitMs: z.int().min(0).max(30_000).optional(),
  /** Every lease that the worker holds: the claim is a heartbeat, too. */
  holds: heartbeat.shape.holds.optional(),
});
export const claimAnswer = z.object({
  deliveries: z.array(delivery),
  /** Of `holds`: leases that are no longer in force; absent without `holds`. */
  lost: heartbeatAnswer.shape.lost.optional(),
});
export const heartbeatRequest = z.strictObject({ ...session, ...heartbeat.shape });
export const progressRequest = z.strictObject({ ...session, items: batch(progressReport) });
export const completeRequest = z.strictObject({ ...session, items: batch(completion) });
export const failRequest = z.strictObject({ ...session, items: batch(failureReport) });
export const outcomesAnswer = z.object({
  /** Of the items that name an attempt, in their order. */
  outcomes: z.array(outcome),
  /** Places, from 0, of the items that name none; absent when all do. Nothing was written for these. */
  unreadable: z.array(z.int().min(0)).optional(),
});
