import type { DayCount } from '../../domain/day-counts.ts';
import type { CountStore } from '../ports/count-store.ts';

const usualDays = 31;

export interface ListDayCountsDependencies {
  readonly store: CountStore;
}

export type ListDayCounts = ReturnType<typeof createListDayCounts>;

/** How many tasks of a type completed, day by day, newest first. */
export function createListDayCounts({ store }: ListDayCountsDependencies) {
  return (tenantId: string, type: string, days = usualDays): Promise<readonly Pick<DayCount, 'day' | 'completed'>[]> =>
    store.list(tenantId, type, days);
}
