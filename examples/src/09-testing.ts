// Tests on the real engine: days pass in no time, third parties are stood in for, and the engine dies at every write.
//   npx node examples/src/09-testing.ts
import { signal, task, workflow } from '@taskflow/sdk';
import { assertCompensated, assertCompleted, mock, testkit } from '@taskflow/sdk/testing';
import { z } from 'zod';

const approved = signal({ id: 'examples.approved', payload: z.object({ by: z.string() }) });
const hold = task({ id: 'examples.hold', run: (_sku: string): { hold: string } => callThe('warehouse') });
const release = task({ id: 'examples.release', run: (_hold: { hold: string }): null => callThe('warehouse') });
const charge = task({
  id: 'examples.charge',
  retry: { maxAttempts: 3, backoff: 'fixed', initial: '1h', jitter: 'none' },
  run: (_amount: number): { receipt: string } => callThe('bank'),
});

const order = workflow({ id: 'examples.tested-order' }, (w) => {
  const stock = w.step('hold', hold, {
    input: () => 'tea',
    compensate: { task: release, input: ({ output }) => output },
  });
  const approval = w.waitFor('approval', approved, { needs: { stock }, timeout: '3d' });
  const paid = w.step('charge', charge, { needs: { approval }, input: () => 12 });
  return w.output({ paid, approval }, (seen) => `${seen.paid.receipt}, approved by ${seen.approval.by}`);
});

/** What no test should do. */
function callThe(thirdParty: string): never {
  throw new Error(`the ${thirdParty} was called from a test`);
}

const warehouse = [mock(hold, (sku) => ({ hold: `hold of ${sku}` })), mock(release, () => null)];
const bank = mock(charge, (amount, { attempt }) => {
  if (attempt === 1) throw new Error('the bank is closed');
  return { receipt: `receipt of ${amount}` };
});

{
  await using t = await testkit({ mocks: [...warehouse, bank] });
  const run = await t.start(order, undefined);
  await t.advance('2d');
  await run.signal(approved, { by: 'ana' });
  await t.advance('1h');
  await assertCompleted(run, 'receipt of 12, approved by ana');
  console.log(`approved after two days: ${await run.result()}`);
  console.log(`the bank was asked ${t.calls(charge).times} times; now it is ${t.now().toISOString()}`);
}

{
  await using t = await testkit({ mocks: [...warehouse, bank] });
  const run = await t.start(order, undefined);
  await t.advance('3d');
  await assertCompensated(run, ['examples.release']);
  console.log(`approved by nobody: ${await run.status()}, undone by ${release.id}`);
}

{
  const receipts = new Map<string, number>();
  const careful = mock(charge, (amount, { idempotencyKey }) => {
    receipts.set(idempotencyKey, amount);
    return { receipt: `receipt of ${amount}` };
  });
  await using t = await testkit({ mocks: [...warehouse, careful] });
  const { crashes, outputs } = await t.crashAtEveryCheckpoint(order, undefined, {
    before: () => receipts.clear(),
    observe: () => receipts.size,
    onWait: (run) => run.signal(approved, { by: 'ana' }),
  });
  console.log(`killed at every write: ${crashes === outputs.length ? 'the same end each time' : 'different ends'}`);
}
