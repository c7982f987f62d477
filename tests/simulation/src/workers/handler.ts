import type { Delivery } from '@taskflow/contracts-worker-protocol';

/** What a task's payload tells its handler to do. */
export interface Orders {
  /** Virtual milliseconds that it takes. */
  readonly ms: number;
  /** Attempts that fail before one succeeds. */
  readonly fails?: number;
  /** Fails for good at this attempt, counted from 1. */
  readonly terminalAt?: number;
  /** A step whose result it was to be handed. */
  readonly wants?: string;
  /** What it was handed. */
  readonly given?: unknown;
  /** What it reports cannot be written, if it is `report`. */
  readonly poison?: string;
}

export type Report =
  | { readonly kind: 'complete'; readonly item: { lease: string; taskId: string; result: unknown } }
  | {
      readonly kind: 'fail';
      readonly item: {
        lease: string;
        taskId: string;
        error: { code: string; message: string };
        class: 'terminal' | 'retryable' | 'released';
      };
    };

/** The lease in what a handler reports tells later whose report was believed. */
export function reportOf(delivery: Delivery): Report {
  const { lease, taskId, attempt } = delivery;
  const orders = ordersOf(delivery);
  const failure = (kind: 'terminal' | 'retryable'): Report => ({
    kind: 'fail',
    item: { lease, taskId, class: kind, error: { code: kind, message: lease } },
  });
  if (orders.terminalAt !== undefined && attempt >= orders.terminalAt) return failure('terminal');
  if (attempt <= (orders.fails ?? 0)) return failure('retryable');
  const poison = orders.poison === 'report' ? { poison: 'report' } : {};
  return { kind: 'complete', item: { lease, taskId, result: { lease, attempt, ...poison } } };
}

/** Only the first attempt may take longer than a lease, so that a run comes to rest in a known time. */
export function ordersOf({ payload, attempt }: Delivery): Orders {
  const orders = payload as Orders;
  return attempt === 1 ? orders : { ...orders, ms: Math.min(orders.ms, 300) };
}
