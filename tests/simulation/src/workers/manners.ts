import type { Chance } from '../kernel/chance.ts';

/** How a worker of plain calls behaves, within and beyond what the protocol asks for. */
export interface Manners {
  /** Claims that it has open at a time. */
  readonly threads: number;
  /** Each thread asks for one task, and carries it out before it asks again. */
  readonly oneEach: boolean;
  /** So many more than it has slots for. */
  readonly greed: number;
  /** It shows signs of life by itself while it holds nothing; else its claims have to do. */
  readonly beatsIdle: boolean;
  /** It writes ids in capitals. */
  readonly shouts: boolean;
  /** Virtual milliseconds that a claim waits. */
  readonly waitMs: number;
}

export function mannersOf(chance: Chance): Manners {
  return {
    threads: chance.between(1, 3),
    oneEach: chance.happens(0.5),
    greed: chance.happens(0.3) ? chance.between(1, 4) : 0,
    beatsIdle: chance.happens(0.5),
    shouts: chance.happens(0.3),
    waitMs: chance.pick([500, 1_500]),
  };
}

/** The ids of a report in capitals. */
export function shouted<T extends { lease: string; taskId: string }>(item: T): T {
  return { ...item, lease: item.lease.toUpperCase(), taskId: item.taskId.toUpperCase() };
}
