import { z } from 'zod';
import {
  completion,
  delivery,
  failureReport,
  heartbeat,
  heartbeatAnswer,
  outcome,
  progressReport,
  register,
  registered,
  uuid,
} from './messages.ts';

const batch = <S extends z.ZodType>(item: S) => z.array(item).min(1).max(1000);

/** JSON frames from the worker. `complete` and `fail` are answered by one `settled` with the same `ref`, after COMMIT. */
export const workerFrame = z.discriminatedUnion('kind', [
  register.extend({ kind: z.literal('register') }),
  /** Cumulative: "send up to delivery number `upTo`". */
  z.strictObject({ kind: z.literal('credit'), upTo: z.int().min(0) }),
  heartbeat.extend({ kind: z.literal('heartbeat'), ref: z.int() }),
  z.strictObject({ kind: z.literal('progress'), items: batch(progressReport) }),
  z.strictObject({ kind: z.literal('complete'), ref: z.int(), items: batch(completion) }),
  z.strictObject({ kind: z.literal('fail'), ref: z.int(), items: batch(failureReport) }),
]);
export type WorkerFrame = z.infer<typeof workerFrame>;

/** JSON frames to the worker. */
export const serverFrame = z.discriminatedUnion('kind', [
  registered.extend({ kind: z.literal('registered') }),
  z.object({ kind: z.literal('deliver'), deliveries: batch(delivery) }),
  z.object({ kind: z.literal('settled'), ref: z.int(), outcomes: z.array(outcome) }),
  heartbeatAnswer.extend({ kind: z.literal('heartbeat'), ref: z.int() }),
  /** Leases taken back (cancel, timeout, rescue): abort and report nothing. */
  z.object({ kind: z.literal('lost'), leases: z.array(uuid).min(1), reason: z.string() }),
  z.object({ kind: z.literal('error'), code: z.string(), message: z.string(), ref: z.int().optional() }),
]);
export type ServerFrame = z.infer<typeof serverFrame>;
