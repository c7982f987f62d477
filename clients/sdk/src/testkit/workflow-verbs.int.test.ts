import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { event, signal, task, workflow } from '../index.ts';
import { assertCompensated, assertCompleted, assertFailed, assertGraph, matchers, mock, testkit } from './index.ts';

const reserve = task({ id: 'reserve', run: (sku: string) => ({ held: sku }) });
const release = task({ id: 'release', run: (_held: { held: string }): null => null });
const charge = task({ id: 'charge', retry: { maxAttempts: 1 }, run: (amount: number) => ({ charged: amount }) });
const refund = task({ id: 'refund', run: (_charge: { charged: number } | null): null => null });
const pack = task({ id: 'pack', retry: { maxAttempts: 1 }, run: (item: string) => `packed ${item}` });
const approved = signal({ id: 'approved', payload: z.object({ by: z.string() }) });
const scanned = event({ id: 'scanned', payload: z.object({ parcel: z.string() }), key: ({ parcel }) => parcel });

const order = workflow({ id: 'order' }, (w) => {
  const stock = w.step('stock', reserve, {
    input: () => 'tea',
    compensate: { task: release, input: ({ output }) => output },
  });
  const paid = w.step('pay', charge, {
    needs: { stock },
    input: () => 3,
    compensate: { task: refund, input: ({ output }) => output, unknown: () => null },
  });
  const approval = w.waitFor('approval', approved, { needs: { paid }, timeout: '2d' });
  const cooled = w.sleep('cool-off', { needs: { approval }, for: '1d' });
  const packed = w.each('pack', pack, { needs: { cooled }, over: () => ['a', 'b'], input: (item) => item });
  return w.output({ packed, approval }, (seen) => ({ packed: seen.packed, by: seen.approval.by }));
});

test('time and signals carry a workflow on, and nothing else does', async () => {
  await using t = await testkit();
  const run = await t.start(order, undefined);
  await t.advance('1d');
  assert.equal(t.calls(pack).times, 0);
  await run.signal(approved, { by: 'ana' });
  await t.settle();
  await t.advance('23h');
  assert.equal(t.calls(pack).times, 0);
  await t.advance('1h');
  assert.deepEqual(t.calls(pack).inputs, ['a', 'b']);
  await assertCompleted(run, { packed: ['packed a', 'packed b'], by: 'ana' });
  assert.equal(t.now().toISOString(), '2026-01-03T00:00:00.000Z');
});

test('a failure undoes what was done, in an order that can be asserted', async () => {
  const broken = mock(pack, () => {
    throw new Error('out of boxes');
  });
  await using t = await testkit({ mocks: [broken] });
  const run = await t.start(order, undefined);
  await t.settle();
  await run.signal(approved, { by: 'ana' });
  await t.advance('1d');
  await assertCompensated(run, ['refund', 'release']);
  await assertCompensated(run, ['pay', release]);
  await assert.rejects(assertCompensated(run, ['release', 'refund']), /compensated: \[ 'refund', 'release' \]/);
  await assert.rejects(assertCompleted(run), /is \{ status: 'compensated' \} \(pack: items_failed/);
});

test('a wait that runs out in virtual time fails its workflow', async () => {
  const nobody = workflow({ id: 'nobody', onFailure: 'stop' }, (w) => {
    const parcel = w.waitForEvent('parcel', scanned, { key: () => 'p1', timeout: '30d' });
    return w.output({ parcel }, (seen) => seen.parcel);
  });
  await using t = await testkit();
  const [late, early] = await t.startMany(nobody, [{ input: undefined }, { input: undefined }]);
  assert.ok(late && early);
  await t.advance('29d');
  assert.equal(await late.status(), 'waiting');
  await t.advance('1d');
  await assertFailed(late, { step: 'parcel' });
  await assert.rejects(assertFailed(late, { step: 'other' }), /step: 'parcel'/);

  const third = await t.start(nobody, undefined);
  await t.settle();
  await t.emit(scanned, { parcel: 'p1' });
  await t.settle();
  await assertCompleted(third, { parcel: 'p1' });
});

test('inline steps and child workflows are watched too', async () => {
  const child = workflow({ id: 'child', input: z.object({ sku: z.string() }) }, (w) => {
    const stock = w.step('stock', reserve, { input: ({ input }) => input.sku });
    return w.output({ stock }, (seen) => seen.stock.held);
  });
  const parent = workflow({ id: 'parent' }, (w) => {
    const held = w.child('child', child, { input: () => ({ sku: 'tea' }) });
    const reported = w.run('report', { needs: { held } }, ({ held: what }) => `held ${what}`);
    return w.output({ reported }, (seen) => seen.reported);
  });
  await using t = await testkit({ mocks: [mock(reserve, (sku) => ({ held: `mocked ${sku}` }))] });
  assert.equal(await t.execute(parent, undefined), 'held mocked tea');
});

test('the graph of a definition is compared as a drawing', () => {
  assertGraph(order, `\n${order.toMermaid()}\n`);
  assert.throws(() => assertGraph(order, 'flowchart LR'), /the graph of "order" is/);
  assert.equal(matchers.toMatchGraph(order, 'flowchart LR').pass, false);
});

test('matchers give what expect.extend takes', async () => {
  await using t = await testkit();
  const run = await t.start(reserve, 'tea');
  await t.settle();
  assert.equal((await matchers.toHaveCompleted(run)).pass, true);
  const other = await matchers.toHaveCompleted(run, { held: 'coffee' });
  assert.equal(other.pass, false);
  assert.match(other.message(), /held: 'tea'.*expected.*held: 'coffee'/);
  assert.equal((await matchers.toHaveFailed(run)).pass, false);
});

test('a saga comes to the same end wherever the engine is killed', async () => {
  const small = workflow({ id: 'small' }, (w) => {
    const stock = w.step('stock', reserve, {
      input: () => 'tea',
      compensate: { task: release, input: ({ output }) => output },
    });
    const approval = w.waitFor('approval', approved, { needs: { stock }, timeout: '1h' });
    const packed = w.step('pack', pack, { needs: { approval }, input: () => 'tea', retry: { maxAttempts: 3 } });
    return w.output({ packed }, (seen) => seen.packed);
  });
  const broken = mock(pack, () => {
    throw new Error('out of boxes');
  });
  const waits = new Set<string>();
  const released: string[] = [];
  const releasing = mock(release, (_held, { idempotencyKey }) => {
    if (!released.includes(idempotencyKey)) released.push(idempotencyKey);
    return null;
  });
  await using t = await testkit({ mocks: [broken, releasing] });
  const { crashes } = await t.crashAtEveryCheckpoint(small, undefined, {
    before: () => void released.splice(0),
    observe: () => released.length,
    onWait: async (run, { name }) => {
      waits.add(name);
      await run.signal(approved, { by: 'ana' });
    },
  });
  assert.deepEqual([...waits], ['approved']);
  assert.ok(crashes > 20, `${crashes}`);
});
