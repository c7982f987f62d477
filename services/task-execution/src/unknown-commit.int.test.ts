import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommitFault, type DatabaseProxy, databaseProxy, eventually } from '@taskflow/kit-testing';
import { managementEvents } from '../testing/management-double.ts';
import { startHarness } from '../testing/service-harness.ts';
import { resultOf } from '../testing/test-worker.ts';

const faults: CommitFault[] = ['lose-request', 'lose-answer'];

async function harnessBehindProxy() {
  let proxy: DatabaseProxy | undefined;
  const harness = await startHarness({
    settings: { leaseMs: 600_000, heartbeatMs: 100_000 },
    through: async (url) => {
      proxy = await databaseProxy(url);
      return proxy.url;
    },
  });
  return { harness, proxy: proxy as DatabaseProxy };
}

for (const fault of faults) {
  test(`given COMMIT of a completion meets ${fault}, then it is settled once and told of once`, async () => {
    const { harness, proxy } = await harnessBehindProxy();
    await using _ = harness;
    const worker = await harness.worker({ credit: 10 });
    const ids = [harness.create(), harness.create(), harness.create()];
    const deliveries = [await worker.deliveries.next(), await worker.deliveries.next(), await worker.deliveries.next()];
    await eventually(() => ids.every((id) => harness.management.storyOf(id).includes('started')));
    proxy.atNextCommit(fault);
    const verdicts = await worker.complete(...deliveries.map((delivery) => resultOf(delivery, 1)));
    assert.deepEqual(verdicts, ['accepted', 'accepted', 'accepted']);
    assert.equal(proxy.faults, 1);
    await eventually(() => harness.management.ofType('task.completed').length === 3);
    for (const id of ids) assert.deepEqual(harness.management.storyOf(id), ['queued', 'started', 'completed']);
    const numbers = harness.management.entries.map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      'no number is left out or given twice',
    );
    await proxy.close();
  });

  test(`given COMMIT of new work meets ${fault}, then it is dispatched once`, async () => {
    const { harness, proxy } = await harnessBehindProxy();
    await using _ = harness;
    const worker = await harness.worker({ credit: 10 });
    proxy.atNextCommit(fault);
    harness.management.publish(managementEvents.created(), managementEvents.created());
    const given = [await worker.deliveries.next(), await worker.deliveries.next()];
    assert.equal(proxy.faults, 1);
    assert.equal(new Set(given.map(({ taskId }) => taskId)).size, 2);
    assert.deepEqual(await worker.complete(...given.map((one) => resultOf(one))), ['accepted', 'accepted']);
    const marker = harness.create();
    assert.equal((await worker.deliveries.next()).taskId, marker);
    await proxy.close();
  });
}

test('given COMMIT of a claim is lost on its way back, then what it took is found and given again', async () => {
  const { harness, proxy } = await harnessBehindProxy();
  await using _ = harness;
  const taskId = harness.create();
  await eventually(async () => (await harness.rows('waiting')).length === 1);
  const worker = await harness.worker();
  // Only the claim commits now: nothing else happens here.
  proxy.atNextCommit('lose-answer');
  worker.credit(1);
  await eventually(async () => (await harness.rows('leased')).length === 1);
  const delivery = await worker.deliveries.next();
  assert.deepEqual([delivery.taskId, delivery.attempt], [taskId, 1]);
  assert.deepEqual(await worker.complete(resultOf(delivery)), ['accepted']);
  await proxy.close();
});

test('given every connection breaks again and again, then every task still ends once', async () => {
  const { harness, proxy } = await harnessBehindProxy();
  await using _ = harness;
  const worker = await harness.worker({ credit: 1_000, concurrency: 1_000 });
  const ids: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    for (let n = 0; n < 10; n += 1) ids.push(harness.create());
    proxy.cut();
    const some = [];
    while (worker.deliveries.waiting > 0) some.push(await worker.deliveries.next());
    if (some.length > 0) void worker.complete(...some.map((one) => resultOf(one))).catch(() => undefined);
    await eventually(async () => (await harness.rows('waiting')).length === 0);
  }
  await eventually(
    async () => {
      const some = [];
      while (worker.deliveries.waiting > 0) some.push(await worker.deliveries.next());
      if (some.length > 0) await worker.complete(...some.map((one) => resultOf(one)));
      return harness.management.ofType('task.completed').length >= ids.length;
    },
    { withinMs: 40_000 },
  );
  for (const id of ids) {
    assert.equal(harness.management.storyOf(id).filter((name) => name === 'completed').length, 1, id);
  }
  await proxy.close();
});
