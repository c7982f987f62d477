import type { EventRecord } from '@taskflow/kit-messaging';
import type { PositionMove } from '@taskflow/kit-messaging-postgres';
import type { DayCount } from '../../domain/day-counts.ts';

export interface CountStore {
  /**
   * Adds to the counts, moves the position and emits what `announce` makes of the counts as they are then, all or nothing.
   * Rejects where the position does not stand where the move begins: the same tasks were counted before.
   */
  add(
    counts: readonly DayCount[],
    move: PositionMove,
    announce: (counts: readonly DayCount[]) => readonly EventRecord[],
  ): Promise<void>;
  /** Whether `add` could write these counts: rejects as it would, and leaves nothing. */
  tryToAdd(counts: readonly DayCount[]): Promise<void>;
  /** Newest day first, at most so many days. */
  list(tenantId: string, type: string, days: number): Promise<readonly Pick<DayCount, 'day' | 'completed'>[]>;
}
