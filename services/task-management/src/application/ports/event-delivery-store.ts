import type { EventDelivery, Key } from './advance-store.ts';

export interface EventDeliveryStore {
  /** Those after this one, in the order of their keys. */
  readEventDeliveries(after: Key | undefined, limit: number): Promise<readonly EventDelivery[]>;
}
