/** What of a completed task is counted. */
export interface Completion {
  readonly tenantId: string;
  readonly type: string;
  /** Epoch milliseconds. */
  readonly finishedAt: number;
  /** It was a step with nothing to do: no work was done. */
  readonly skipped: boolean;
}

export interface DayCount {
  readonly tenantId: string;
  readonly type: string;
  /** In UTC, as `2026-01-02`. */
  readonly day: string;
  readonly completed: number;
}

/** One count per tenant, type and day. */
export function countByDay(completions: readonly Completion[]): DayCount[] {
  const counts = new Map<string, DayCount>();
  for (const { tenantId, type, finishedAt, skipped } of completions) {
    if (skipped) continue;
    const day = new Date(finishedAt).toISOString().slice(0, 'yyyy-mm-dd'.length);
    const key = `${tenantId} ${day} ${type}`;
    counts.set(key, { tenantId, type, day, completed: (counts.get(key)?.completed ?? 0) + 1 });
  }
  return [...counts.values()];
}
