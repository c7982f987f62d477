import type { LeasedWork, RankedWork } from '../../domain/work.ts';

/** Columns that `waiting`, `leased` and `delayed` share. */
export interface RankedRow {
  tenant_id: string;
  id: string;
  seq: number;
  queue: string;
  type: string;
  definition: string;
  priority: number;
  attempt: number;
  generation: number;
  attempt_ms: number | null;
  expires_at: number | null;
  payload: string;
  options: string | null;
  unheard: boolean;
}

export interface LeasedRow extends RankedRow {
  lease: string;
  session: string;
  queued_at: number;
  claimed_at: number;
  announced: boolean;
}

export function rankedWork(row: RankedRow): RankedWork {
  return {
    tenantId: row.tenant_id,
    taskId: row.id,
    seq: row.seq,
    queue: row.queue,
    type: row.type,
    definition: row.definition,
    priority: row.priority,
    attempt: row.attempt,
    generation: row.generation,
    attemptMs: row.attempt_ms,
    expiresAt: row.expires_at,
    payload: row.payload,
    options: row.options,
    unheard: row.unheard,
  };
}

export function leasedWork(row: LeasedRow): LeasedWork {
  return {
    ...rankedWork(row),
    lease: row.lease,
    session: row.session,
    queuedAt: row.queued_at,
    claimedAt: row.claimed_at,
    announced: row.announced,
  };
}
