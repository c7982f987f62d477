import type { LeasedWork, QueuedWork } from '../../domain/work.ts';

/** Columns that `waiting`, `leased` and `delayed` share. */
export interface QueuedRow {
  tenant_id: string;
  id: string;
  seq: number;
  queue: string;
  type: string;
  priority: number;
  attempt: number;
  generation: number;
  attempt_ms: number | null;
  expires_at: number | null;
  payload: string;
  options: string | null;
}

export interface LeasedRow extends QueuedRow {
  lease: string;
  session: string;
  queued_at: number;
  claimed_at: number;
  announced: boolean;
}

export function queuedWork(row: QueuedRow): QueuedWork {
  return {
    tenantId: row.tenant_id,
    taskId: row.id,
    seq: row.seq,
    queue: row.queue,
    type: row.type,
    priority: row.priority,
    attempt: row.attempt,
    generation: row.generation,
    attemptMs: row.attempt_ms,
    expiresAt: row.expires_at,
    payload: row.payload,
    options: row.options,
  };
}

export function leasedWork(row: LeasedRow): LeasedWork {
  return {
    ...queuedWork(row),
    lease: row.lease,
    session: row.session,
    queuedAt: row.queued_at,
    claimedAt: row.claimed_at,
    announced: row.announced,
  };
}
