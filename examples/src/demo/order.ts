import { setTimeout } from 'node:timers/promises';
import { queue, RetryableError, task, workflow } from '@taskflow/sdk';
import { z } from 'zod';

// A small order: the stock of every line is reserved while the fraud check runs, the card is charged at the second
// try, and the parcel leaves when both are done.

const payments = queue({ id: 'payments' });

export const reserveStock = task({
  id: 'demo.reserve-stock',
  input: z.object({ lines: z.array(z.object({ sku: z.string(), quantity: z.int().positive() })).min(1) }),
  async run({ lines }, ctx) {
    for (const [index, { sku, quantity }] of lines.entries()) {
      await setTimeout(250, undefined, { signal: ctx.signal });
      ctx.progress(index + 1, lines.length, `${quantity} × ${sku}`);
    }
    return { reserved: lines.length, weightInGrams: lines.reduce((sum, { quantity }) => sum + quantity * 450, 0) };
  },
});

export const scoreFraud = task({
  id: 'demo.score-fraud',
  async run({ amount }: { amount: number }, ctx) {
    await setTimeout(300, undefined, { signal: ctx.signal });
    return { score: amount > 100_000 ? 0.9 : 0.1 };
  },
});

export const chargeCard = task({
  id: 'demo.charge-card',
  queue: payments,
  priority: 'high',
  retry: { maxAttempts: 4, backoff: 'exponential', initial: '300ms', max: '2s', jitter: 'none' },
  timeout: { attempt: '10s' },
  input: z.object({ orderId: z.string(), amount: z.int().positive() }),
  async run({ orderId, amount }, ctx) {
    ctx.progress(0.5, 'asking the bank');
    await setTimeout(150, undefined, { signal: ctx.signal });
    // A bank would be given ctx.idempotencyKey, which is the same in every attempt: nobody is charged twice.
    if (ctx.attempt === 1) throw new RetryableError('the bank did not answer', { code: 'bank_unavailable' });
    return { chargeId: `charge-${orderId}`, amount };
  },
});

export const packParcel = task({
  id: 'demo.pack-parcel',
  async run({ weightInGrams }: { weightInGrams: number }, ctx) {
    for (let part = 1; part <= 4; part++) {
      await setTimeout(100, undefined, { signal: ctx.signal });
      ctx.progress(part, 4);
    }
    return { parcels: Math.ceil(weightInGrams / 5_000) };
  },
});

export const sendParcel = task({
  id: 'demo.send-parcel',
  async run({ orderId, parcels }: { orderId: string; parcels: number }, ctx) {
    await setTimeout(200, undefined, { signal: ctx.signal });
    return { trackingId: `TF-${orderId}-${parcels}` };
  },
});

export const fulfilOrder = workflow(
  {
    id: 'demo.fulfil-order',
    description: 'Reserves, charges, packs and sends one order.',
    input: z.object({
      orderId: z.string(),
      amount: z.int().positive(),
      lines: z.array(z.object({ sku: z.string(), quantity: z.int().positive().default(1) })),
    }),
  },
  (w) => {
    const stock = w.step('reserve-stock', reserveStock, { input: ({ input }) => ({ lines: input.lines }) });
    const fraud = w.step('score-fraud', scoreFraud, { input: ({ input }) => ({ amount: input.amount }) });
    const charge = w.step('charge-card', chargeCard, {
      needs: { fraud },
      input: ({ input }) => ({ orderId: input.orderId, amount: input.amount }),
    });
    const packed = w.step('pack-parcel', packParcel, {
      needs: { stock },
      input: ({ stock: { weightInGrams } }) => ({ weightInGrams }),
    });
    const sent = w.step('send-parcel', sendParcel, {
      needs: { packed, charge },
      input: ({ input, packed: { parcels } }) => ({ orderId: input.orderId, parcels }),
    });
    return w.output({ charge, sent }, (done) => ({
      trackingId: done.sent.trackingId,
      charged: done.charge.amount,
    }));
  },
);

/** What `npm start` runs once. */
export const demo = {
  workflow: fulfilOrder,
  input: {
    orderId: '1001',
    amount: 5_980,
    lines: [{ sku: 'tea-green', quantity: 2 }, { sku: 'cup-blue' }, { sku: 'pot-clay', quantity: 1 }],
  },
};
