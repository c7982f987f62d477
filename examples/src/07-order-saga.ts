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

let told = 0;
async function tell(what: string, handle: Handle): Promise<void> {
  const ending = await handle.result({ timeout: '1m' }).then(
    ({ trackingId, approvedBy }) => `sent, tracking ${trackingId.slice(0, 3)}…, approved by ${approvedBy ?? 'nobody'}`,
    (error: unknown) => {
      if (error instanceof WorkflowFailedError || error instanceof CancelledError) return error.message;
      throw error;
    },
  );
  console.log(`${what}: ${await handle.status()} (${ending.split('\n')[0]})`);
  console.log(`  ${shop.journal.slice(told).join(', ')}`);
  told = shop.journal.length;
}

await tell('all goes well', await begin({ sku: 'tea', cents: 1_200 }));
await tell('the card is declined', await begin({ sku: 'cup', cents: 800, trouble: 'card-declined' }));
await tell('nobody ships it', await begin({ sku: 'pot', cents: 4_500, trouble: 'no-carrier' }));

const large = await begin({ sku: 'samovar', cents: 250_000 });
await large.signal(Approved, { by: 'ana' });
await tell('a large order is approved', large);

const regretted = await begin({ sku: 'kettle', cents: 120_000 });
while ((await regretted.status()) !== 'waiting') await setTimeout(20);
const plan = await regretted.compensationPlan();
console.log(`a cancel would undo: ${plan.compensations.map(({ step, type }) => `${step} by ${type}`).join(', ')}`);
await regretted.cancel({ reason: 'the customer thought again', compensate: true });
await tell('cancelled while it waits for approval', regretted);

console.log(`held: ${shop.held.size}, charged: ${shop.charged.size}, shipped: ${shop.shipped.size}`);
