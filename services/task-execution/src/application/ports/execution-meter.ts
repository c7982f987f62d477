import type { WorkKind } from '../../domain/partition.ts';

export type AttemptOutcome = 'completed' | 'skipped' | 'failed' | 'retried' | 'released' | 'cancelled';

/** Counts what happens, for operators. Never fails, never waits. */
export interface ExecutionMeter {
  accepted(kind: WorkKind, count: number): void;
  /** `ranMs` is the time from dispatch to the end. */
  ended(kind: WorkKind, outcome: AttemptOutcome, ranMs: number | undefined): void;
  sessionsExpired(count: number): void;
  superseded(count: number): void;
  /** Something could not be written and was set apart. */
  isolated(what: string): void;
  /** Accepted and ended per second over the last minute. */
  rates(tenantId: string, queue: string): { in: number; out: number };
}
