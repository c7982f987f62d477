import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { createTaskFlow, createWorker, task, workflow } from '@taskflow/sdk';
import { z } from 'zod';
import { usePlatform } from './harness/index.ts';

const mark = randomUUID().slice(0, 8);

const price = task({
  id: `e2e.price.${mark}`,
  input: z.object({ sku: z.string(), quantity: z.number().int().min(1) }),
  run: ({ sku, quantity }) => ({ sku, cents: quantity * (sku === 'a' ? 250 : 100) }),
});

const flaky = task({
  id: `e2e.flaky.${mark}`,
  input: z.object({ failUntil: z.number() }),
  retry: { maxAttempts: 4, initial: 1, max: 2, jitter: 'none' },
  run: ({ failUntil }, { attempt }) => {
    if (attempt < failUntil) throw new Error(`attempt ${attempt}`);
    return { attempt };
  },
});

const sum = task({
  id: `e2e.sum.${mark}`,
  input: z.object({ cents: z.array(z.number()) }),
  run: ({ cents }) => cents.reduce((total, each) => total + each, 0),
});

const order = workflow({ id: `e2e.order.${mark}`, version: 1, input: z.object({ quantity: z.number() }) }, (w) => {
  const a = w.step('a', price, { input: ({ input }) => ({ sku: 'a', quantity: input.quantity }) });
  const b = w.step('b', price, { input: ({ input }) => ({ sku: 'b', quantity: input.quantity * 2 }) });
  const total = w.step('total', sum, { needs: { a, b }, input: (seen) => ({ cents: [seen.a.cents, seen.b.cents] }) });
  return w.output({ total, a }, ({ total: cents, a: first }) => ({ cents, first: first.sku }));
});

describe('definitions through the SDK', () => {
  const platform = usePlatform();
  const definitions = [price, flaky, sum, order];
  const stopping: (() => Promise<void>)[] = [];
  after(async () => {
    for (const stop of stopping.reverse()) await stop();
  });

  let started: ReturnType<typeof createTaskFlow> | undefined;
  function connected() {
    if (started !== undefined) return started;
    const { url } = platform();
    const client = createTaskFlow({ url, definitions });
    const worker = createWorker({ url, definitions, concurrency: 4 });
    const running = worker.run();
    stopping.push(
      () => client.close(),
      async () => {
        await worker.drain();
        await running;
      },
    );
    started = client;
    return client;
  }

  it('runs a typed task and gives its result', async () => {
    assert.deepEqual(await connected().execute(price, { sku: 'a', quantity: 3 }), { sku: 'a', cents: 750 });
  });

  it('runs a workflow whose mappings live in code', async () => {
    const handle = await connected().start(order, { quantity: 2 });
    assert.deepEqual(await handle.result(), { cents: 900, first: 'a' });
    const seen = await platform().api.workflow(handle.id);
    assert.equal(seen.status, 'completed');
    assert.equal(seen.name, order.id);
    assert.equal(seen.version, 1);
  });

  it('hands the attempt to the handler', async () => {
    assert.deepEqual(await connected().execute(flaky, { failUntil: 3 }), { attempt: 3 });
  });

  it('rejects with what failed when the run failed', async () => {
    await assert.rejects(connected().execute(flaky, { failUntil: 99 }), /attempt 4/);
  });

  it('registers the graph with its version, listed and readable', async () => {
    await connected().execute(order, { quantity: 1 });
    const { api } = platform();
    const detail = await api.expect<{ name: string; versions: { version: number; hash: string }[] }>(
      200,
      'GET',
      `/api/v1/workflow-definitions/${order.id}`,
    );
    assert.deepEqual(
      detail.versions.map(({ version }) => version),
      [1],
    );
    const { items } = await api.expect<{ items: { name: string }[] }>(200, 'GET', '/api/v1/workflow-definitions');
    assert.ok(items.some(({ name }) => name === order.id));
  });

  it('starts a registered definition over plain HTTP too', async () => {
    await connected().execute(order, { quantity: 1 });
    const { api } = platform();
    const { id } = await api.startWorkflow({ definition: order.id, input: { quantity: 5 } });
    assert.deepEqual((await api.settledWorkflow(id)).output, { cents: 2250, first: 'a' });
  });

  it('refuses another graph under the same version', async () => {
    await connected().execute(order, { quantity: 1 });
    const changed = workflow({ id: order.id, version: 1, input: z.object({ quantity: z.number() }) }, (w) => {
      const only = w.step('only', price, { input: ({ input }) => ({ sku: 'a', quantity: input.quantity }) });
      return w.output({ only }, ({ only: priced }) => priced.cents);
    });
    const client = createTaskFlow({ url: platform().url, definitions: [changed] });
    stopping.push(() => client.close());
    await assert.rejects(client.execute(changed, { quantity: 1 }));
  });
});
