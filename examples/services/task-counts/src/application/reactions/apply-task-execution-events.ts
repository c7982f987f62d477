import type { PositionMove } from '@taskflow/kit-messaging-postgres';
import type { Clock, Ids } from '@taskflow/kit-time';
import { type Completion, countByDay } from '../../domain/day-counts.ts';
import { dayCountedEvent } from '../events/count-events.ts';
import type { CountMeter } from '../ports/count-meter.ts';
import type { CountStore } from '../ports/count-store.ts';

export interface ApplyTaskExecutionEventsDependencies {
  readonly store: CountStore;
  readonly meter: CountMeter;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Counts what task-execution reports; the counts, the events and the moved position are one transaction. */
export function createApplyTaskExecutionEvents({ store, meter, clock, ids }: ApplyTaskExecutionEventsDependencies) {
  return {
    async apply(completions: readonly Completion[], move: PositionMove): Promise<void> {
      const counts = countByDay(completions);
      await store.add(counts, move, (all) => all.map((count) => dayCountedEvent(count, ids.next(), clock.now())));
      meter.counted(counts.reduce((sum, { completed }) => sum + completed, 0));
    },
    /** Finds, among others, what the database refuses. */
    tryOut: (completions: readonly Completion[]): Promise<void> => store.tryToAdd(countByDay(completions)),
  };
}
