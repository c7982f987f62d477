import { z } from 'zod';

/** The settings of this service that operators may change. Milliseconds. */
export const taskExecutionSettings = z.object({
  /** How long a worker session lives without a sign of life. Its tasks run elsewhere soon after. */
  leaseMs: z.int().min(100).max(3_600_000).default(15_000),
  /** How often workers are asked to give one; at most half a lease, so that one lost heartbeat loses nothing. */
  heartbeatMs: z.int().min(50).max(1_800_000).default(5_000),
  /** Workers end attempts at their deadline themselves; one that did not by then is ended for them. */
  overdueGraceMs: z.int().min(0).max(600_000).default(5_000),
});
export type TaskExecutionSettings = z.infer<typeof taskExecutionSettings>;
