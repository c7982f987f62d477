import { signal, TerminalError, task, workflow } from '@taskflow/sdk';
import { z } from 'zod';
import type { Shop } from './shop.ts';

/** Somebody has looked at a large order. */
export const Approved = signal({ id: 'saga.approved', payload: z.object({ by: z.string() }) });

const order = z.object({
  orderId: z.string(),
  sku: z.string(),
  cents: z.int().positive(),
  /** What goes wrong in this order, to show what is undone. */
  trouble: z.enum(['card-declined', 'no-carrier']).optional(),
});

/** Reserves, charges and ships an order; what was done is undone in reverse when a later step fails for good. */
export function fulfilOrderWith(shop: Shop) {
  const reserveStock = task({
    id: 'saga.reserve-stock',
    run: ({ orderId, sku }: { orderId: string; sku: string }) => ({ holdId: shop.hold(orderId, sku) }),
  });
  const releaseStock = task({
    id: 'saga.release-stock',
    run: ({ orderId }: { orderId: string }) => shop.release(orderId),
  });
  const chargeCard = task({
    id: 'saga.charge-card',
    retry: { maxAttempts: 3, initial: '50ms' },
    run: ({ orderId, cents, declined }: { orderId: string; cents: number; declined: boolean }) => {
      if (declined) throw new TerminalError('the bank refuses the card', { code: 'card_declined' });
      return { chargeId: shop.charge(orderId, cents), at: new Date() };
    },
  });
  const refundCard = task({
    id: 'saga.refund-card',
    run: ({ orderId }: { orderId: string }) => shop.refund(orderId),
  });
  const shipParcel = task({
    id: 'saga.ship-parcel',
    run: ({ orderId, noCarrier }: { orderId: string; noCarrier: boolean }) => {
      if (noCarrier) throw new TerminalError('no carrier drives there', { code: 'no_carrier' });
      return { trackingId: shop.ship(orderId) };
    },
  });

  return workflow({ id: 'saga.fulfil-order', input: order, onFailure: 'compensate' }, (w) => {
    const reserve = w.step('reserve', reserveStock, {
      input: ({ input }) => ({ orderId: input.orderId, sku: input.sku }),
      compensate: { task: releaseStock, input: ({ input }) => ({ orderId: input.orderId }) },
    });
    // Small orders need nobody: the wait is skipped, and its reader sees undefined.
    const approval = w.waitFor('approval', Approved, {
      needs: { reserve },
      when: ({ input }) => input.cents >= 100_000,
      timeout: '2d',
    });
    const charge = w.step('charge', chargeCard, {
      needs: { reserve, approval },
      input: ({ input }) => ({
        orderId: input.orderId,
        cents: input.cents,
        declined: input.trouble === 'card-declined',
      }),
      compensate: { task: refundCard, input: ({ input }) => ({ orderId: input.orderId }) },
    });
    const ship = w.step('ship', shipParcel, {
      needs: { charge },
      input: ({ input }) => ({ orderId: input.orderId, noCarrier: input.trouble === 'no-carrier' }),
      // Nobody gets a parcel back by software: what was shipped stays charged.
      commit: true,
    });
    return w.output({ charge, ship, approval }, (seen) => ({
      trackingId: seen.ship.trackingId,
      chargedAt: seen.charge.at,
      approvedBy: seen.approval?.by,
    }));
  });
}
