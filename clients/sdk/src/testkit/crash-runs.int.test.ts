import assert from 'node:assert/strict';
import { test } from 'node:test';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { mock, testkit } from './index.ts';

const charge = task({ id: 'charge', run: ({ amount }: { amount: number }) => ({ charged: amount }) });
const ship = task({ id: 'ship', run: ({ to }: { to: string }) => ({ parcel: `parcel to ${to}` }) });
const order = workflow({ id: 'order' }, (w) => {
  const paid = w.step('pay', charge, { input: () => ({ amount: 3 }) });
  const sent = w.step('send', ship, { needs: { paid }, input: () => ({ to: 'Ana' }) });
  return w.output({ paid, sent }, (seen) => ({ ...seen.paid, ...seen.sent }));
});

test('whenever the engine is killed, the run comes to the same end', async () => {
  await using t = await testkit();
  const { crashes, outputs } = await t.crashAtEveryCheckpoint(order, undefined);
  assert.ok(crashes >= 10, `${crashes} crashes`);
  for (const output of outputs) assert.deepEqual(output, { charged: 3, parcel: 'parcel to Ana' });
});

test('a handler whose effect counts twice is found, and named', async () => {
  let balance = 0;
  const careless = mock(charge, ({ amount }) => {
    balance -= amount;
    return { charged: amount };
  });
  await using t = await testkit({ mocks: [careless] });
  const crashing = t.crashAtEveryCheckpoint(order, undefined, {
    before: () => {
      balance = 10;
    },
    observe: () => balance,
  });
  await assert.rejects(crashing, (error: Error) => {
    assert.match(error.message, /observed: 4 instead of 7/);
    assert.match(error.message, /"charge" \(2 times\)/);
    return true;
  });
});
