import type { RowOf } from '@taskflow/kit-postgres';
import type { LeasedWork, RankedWork } from '../../domain/work.ts';
import type { signatures } from './statements.generated.ts';

type Row<Name extends keyof typeof signatures> = RowOf<(typeof signatures)[Name]>;

/** Columns that `waiting`, `leased` and `delayed` share. */
export type RankedRow = Pick<
  Row<'take-expired-waiting'>,
  keyof Row<'take-expired-waiting'> & keyof Row<'take-expired-delayed'>
>;

export type LeasedRow = Row<'take-overdue-attempts'>;

export function rankedWorkOf(row: RankedRow): RankedWork {
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
    outcomeUnknown: row.outcome_unknown,
  };
}

export function leasedWorkOf(row: LeasedRow): LeasedWork {
  return {
    ...rankedWorkOf(row),
    lease: row.lease,
    session: row.session,
    queuedAt: row.queued_at,
    claimedAt: row.claimed_at,
    announced: row.announced,
  };
}
