/**
 * The world outside: a warehouse, a bank and a carrier, in memory. Every call is safe to repeat, and undoing what never
 * happened does nothing: both are what a saga asks of the services that it speaks to.
 */
export interface Shop {
  /** What is held, charged and on its way, by order. */
  readonly held: ReadonlyMap<string, string>;
  readonly charged: ReadonlyMap<string, number>;
  readonly shipped: ReadonlySet<string>;
  /** What happened, in order; repetitions are not listed. */
  readonly journal: readonly string[];
  hold(orderId: string, sku: string): string;
  release(orderId: string): void;
  charge(orderId: string, cents: number): string;
  refund(orderId: string): void;
  ship(orderId: string): string;
}

export function createShop(): Shop {
  const held = new Map<string, string>();
  const charged = new Map<string, number>();
  const shipped = new Set<string>();
  const journal: string[] = [];

  return {
    held,
    charged,
    shipped,
    journal,
    hold: (orderId, sku) => {
      if (!held.has(orderId)) journal.push(`held ${sku}`);
      held.set(orderId, sku);
      return `hold-${orderId}`;
    },
    release: (orderId) => {
      const sku = held.get(orderId);
      if (held.delete(orderId)) journal.push(`released ${sku}`);
    },
    charge: (orderId, cents) => {
      if (!charged.has(orderId)) journal.push(`charged ${cents}`);
      charged.set(orderId, cents);
      return `charge-${orderId}`;
    },
    refund: (orderId) => {
      const cents = charged.get(orderId);
      if (charged.delete(orderId)) journal.push(`refunded ${cents}`);
    },
    ship: (orderId) => {
      if (!shipped.has(orderId)) journal.push('shipped');
      shipped.add(orderId);
      return `TF-${orderId}`;
    },
  };
}
