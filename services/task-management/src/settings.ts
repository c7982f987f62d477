import { z } from 'zod';

/** Bounds of one instance. The defaults suit a small machine. */
export const taskManagementSettings = z.object({
  /** Connections for creating and advancing. */
  dataPathConnections: z.int().min(2).max(64).default(4),
  /** Connections for reads and lists. */
  readConnections: z.int().min(1).max(64).default(4),
  /** Requests that may wait to be written; one more is answered 503. */
  maxWaiting: z.int().min(1).default(10_000),
  /** Rows of one creating transaction. */
  maxCreateRows: z.int().min(1).max(20_000).default(2_000),
  /** Running workflows kept in memory, in steps. */
  workflowCacheSteps: z.int().min(0).default(1_000_000),
  /** Most workflows that steps may start below one, over all levels; a step that would start one more fails. */
  workflowMaxDescendants: z.int().min(0).default(100_000),
  /** Callers that may wait for an end with `Prefer: wait`. */
  maxSubscribers: z.int().min(0).default(20_000),
});
export type TaskManagementSettings = z.infer<typeof taskManagementSettings>;
