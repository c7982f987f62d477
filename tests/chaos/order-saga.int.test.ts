import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createTaskFlow, createWorker, WorkflowFailedError } from '@taskflow/sdk';
import {
  type PlatformProcess,
  eventuallyHolds,
  removeDirectory,
  startPlatform,
  temporaryDirectory,
} from '@taskflow/tests-e2e';
import { fulfilOrderWith } from '../../examples/src/order-saga/fulfil-order.ts';
import { createShop } from '../../examples/src/order-saga/shop.ts';
import { soonLost } from './harness/index.ts';

describe('the order saga of the examples', () => {
  let dataDir = '';
  let platform: PlatformProcess;
  before(async () => {
    dataDir = await temporaryDirectory('order-saga');
    platform = await startPlatform({ dataDir, env: soonLost });
  });
  after(async () => {
    await platform?.remove();
    await removeDirectory(dataDir);
  });

  it('is undone to the end when the platform is killed in the middle of its compensation', async () => {
    const shop = createShop();
    let bankIsClosed = true;
    let refused = 0;
    const refund = (orderId: string) => {
      if (!bankIsClosed) return shop.refund(orderId);
      refused += 1;
      throw new Error('the bank is closed');
    };
    const fulfilOrder = fulfilOrderWith({ ...shop, refund });
    const { url, port } = platform;
    const worker = createWorker({ url, definitions: [fulfilOrder] });
    const running = worker.run();
    await worker.ready();
    const taskflow = createTaskFlow({ url, definitions: [fulfilOrder] });
    const order = { orderId: 'o-1', sku: 'tea', cents: 1_200, trouble: 'no-carrier' } as const;
    const handle = await taskflow.start(fulfilOrder, order);

    await eventuallyHolds(() => assert.ok(refused > 0, 'nothing was being undone'));
    assert.equal(await handle.status(), 'compensating');
    await platform.kill();
    assert.deepEqual([shop.held.size, shop.charged.size], [1, 1]);
    bankIsClosed = false;
    platform = await startPlatform({ dataDir, port, env: soonLost });

    await assert.rejects(handle.result({ timeout: '1m' }), WorkflowFailedError);
    assert.equal(await handle.status(), 'compensated');
    assert.deepEqual(shop.journal, ['held tea', 'charged 1200', 'refunded 1200', 'released tea']);
    assert.deepEqual([shop.held.size, shop.charged.size, shop.shipped.size], [0, 0, 0]);
    await worker.drain();
    await running;
  });
});
