import type { Chance } from '../kernel/chance.ts';

export interface OrderOptions {
  readonly chance: Chance;
  readonly leaseMs: number;
  /** Mean virtual milliseconds that a handler takes. */
  readonly workMs: number;
}

export const taskTypes = ['pack', 'send'] as const;

/** Mostly short, at times beyond a lease. */
export function ordersFor({
  chance,
  leaseMs,
  workMs,
}: Pick<OrderOptions, 'chance' | 'leaseMs' | 'workMs'>): Record<string, unknown> {
  const ms = chance.happens(0.15) ? chance.between(leaseMs / 2, leaseMs * 2) : chance.span(workMs);
  if (chance.happens(0.1)) return { ms, terminalAt: chance.between(1, 2) };
  return { ms, fails: chance.happens(0.3) ? chance.between(1, 4) : 0 };
}
