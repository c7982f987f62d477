// A saga: what was done is undone in reverse when a later step fails, or when somebody cancels.
//   npx node examples/src/07-order-saga.ts [--url http://127.0.0.1:7400]
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { CancelledError, type InputOf, WorkflowFailedError } from '@taskflow/sdk';
import { openTaskFlow, urlArgument } from './open-taskflow.ts';
import { Approved, fulfilOrderWith } from './order-saga/fulfil-order.ts';
import { createShop } from './order-saga/shop.ts';

const shop = createShop();
const fulfilOrder = fulfilOrderWith(shop);
console.log(fulfilOrder.toMermaid());

await using opened = await openTaskFlow({ definitions: [fulfilOrder], url: urlArgument() });
const { taskflow } = opened;

type Order = Omit<InputOf<typeof fulfilOrder>, 'orderId'>;
const begin = (order: Order) => taskflow.start(fulfilOrder, { ...order, orderId: randomUUID() });
type Handle = Awaited<ReturnType<typeof begin>>;

let printed = 0;
async function report(what: string, handle: Handle): Promise<void> {
  const ending = await handle.result({ timeout: '1m' }).then(
    ({ trackingId, approvedBy }) => `sent, tracking ${trackingId.slice(0, 3)}…, approved by ${approvedBy ?? 'nobody'}`,
    (error: unknown) => {
      if (error instanceof WorkflowFailedError || error instanceof CancelledError) return error.message;
      throw error;
    },
  );
  console.log(`${what}: ${await handle.status()} (${ending.split('\n')[0]})`);
  console.log(`  ${shop.journal.slice(printed).join(', ')}`);
  printed = shop.journal.length;
}

await report('all goes well', await begin({ sku: 'tea', cents: 1_200 }));
await report('the card is declined', await begin({ sku: 'cup', cents: 800, trouble: 'card-declined' }));
await report('nobody ships it', await begin({ sku: 'pot', cents: 4_500, trouble: 'no-carrier' }));

const large = await begin({ sku: 'samovar', cents: 250_000 });
await large.signal(Approved, { by: 'ana' });
await report('a large order is approved', large);

const regretted = await begin({ sku: 'kettle', cents: 120_000 });
while ((await regretted.status()) !== 'waiting') await setTimeout(20);
const plan = await regretted.compensationPlan();
console.log(`a cancel would undo: ${plan.compensations.map(({ step, type }) => `${step} by ${type}`).join(', ')}`);
await regretted.cancel({ reason: 'the customer thought again', compensate: true });
await report('cancelled while it waits for approval', regretted);

console.log(`held: ${shop.held.size}, charged: ${shop.charged.size}, shipped: ${shop.shipped.size}`);
