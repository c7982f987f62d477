import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { mock, testkit } from './index.ts';

const charge = task({
  id: 'charge',
  input: z.object({ amount: z.number() }),
  retry: { maxAttempts: 5, backoff: 'fixed', initial: '1h', jitter: 'none' },
  run: ({ amount }) => ({ charged: amount }),
});
const ship = task({ id: 'ship', run: ({ to }: { to: string }) => ({ parcel: `parcel to ${to}` }) });
const order = workflow({ id: 'order', input: z.object({ to: z.string(), amount: z.number() }) }, (w) => {
  const paid = w.step('pay', charge, { input: ({ input }) => ({ amount: input.amount }) });
  const sent = w.step('send', ship, { needs: { paid }, input: ({ input }) => ({ to: input.to }) });
  return w.output({ paid, sent }, (seen) => ({ ...seen.paid, ...seen.sent }));
});

test('a workflow runs on the real engine, and its handlers are counted', async () => {
  await using t = await testkit();
  const output = await t.execute(order, { to: 'Ana', amount: 3 });
  assert.deepEqual(output, { charged: 3, parcel: 'parcel to Ana' });
  assert.deepEqual(t.calls(charge), { times: 1, inputs: [{ amount: 3 }] });
  assert.deepEqual(t.calls(order).inputs, [{ to: 'Ana', amount: 3 }]);
});

test('a mock takes the place of a handler, and pauses between attempts pass in virtual time', async () => {
  const declined = mock(charge, ({ amount }, { attempt }) => {
    if (attempt < 3) throw new Error('declined');
    return { charged: amount * 2 };
  });
  await using t = await testkit({ mocks: [declined] });
  const run = await t.start(order, { to: 'Ana', amount: 3 });
  await t.settle();
  assert.equal(t.calls(charge).times, 1);
  await t.advance('59m');
  assert.equal(t.calls(charge).times, 1);
  await t.advance('1m');
  assert.equal(t.calls(charge).times, 2);
  await t.advance('1h');
  assert.equal(await run.status(), 'completed');
  assert.deepEqual(await run.result(), { charged: 6, parcel: 'parcel to Ana' });
  assert.equal(t.now().toISOString(), '2026-01-01T02:00:00.000Z');
});
