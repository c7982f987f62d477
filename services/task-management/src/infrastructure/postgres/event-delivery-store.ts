import type { EventDeliveryStore } from '../../application/ports/event-delivery-store.ts';
import type { StoreDependencies } from './creation-store.ts';
import { eventDeliveryOf } from './row-mapping.ts';

/** Before every other. */
const firstId = '00000000-0000-0000-0000-000000000000';

export function createEventDeliveryStore({
  database,
  statements,
}: Pick<StoreDependencies, 'database' | 'statements'>): EventDeliveryStore {
  return {
    readEventDeliveries: async (after = { tenantId: firstId, id: firstId }, limit) =>
      (await database.query(statements['read-event-deliveries'], [after.tenantId, after.id, limit])).map(
        eventDeliveryOf,
      ),
  };
}
