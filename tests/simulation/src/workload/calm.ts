import type { Chance } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Client } from './client.ts';
import { taskTypes } from './orders.ts';

/** Nobody pauses or limits it. */
export const calmQueue = 'calm';

export interface CalmOptions {
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly client: Client;
  /** Virtual time at which nothing goes wrong any more; infinite: never. */
  readonly at: number;
}

/** More tasks at one moment than there are slots: whoever asks has to get some at once. */
export function startCalmWork({ kernel, chance, client, at }: CalmOptions): void {
  if (at === Number.POSITIVE_INFINITY) return;
  kernel.after(at, undefined, '', () => {
    const count = chance.between(8, 14);
    client.make({ what: 'batch', key: 'calm', path: '/api/v1/tasks/batch', count }, (tag) => ({
      tasks: Array.from({ length: count }, (_, place) => ({
        type: chance.pick(taskTypes),
        queue: calmQueue,
        payload: { ms: chance.between(600, 900) },
        tags: { intent: `${tag}.${place}` },
      })),
    }));
  });
}

/**
 * When the last that stood still goes on, its lease is over, and what nobody heard of has been taken back: a lease after
 * its hand-over, and two seconds later.
 */
export function calmFrom({ troubleMs, leaseMs }: { readonly troubleMs: number; readonly leaseMs: number }): number {
  return troubleMs + 4 * leaseMs + 2_000;
}
