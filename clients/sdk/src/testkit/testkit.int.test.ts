import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { type TaskFlowError, TaskFailedError } from '../errors.ts';
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
const slow = task({
  id: 'slow',
  retry: { maxAttempts: 2, backoff: 'fixed', initial: '1m', jitter: 'none' },
  timeout: { attempt: '30s' },
  run: (_input: null) => 'in time',
});
const endless = task({ id: 'endless', run: (_input: null) => new Promise<string>(() => {}) });

const failing = (code: string) => (error: TaskFlowError) => error.code === code;

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

test('execute lets as much time pass as the run needs', async () => {
  const declined = mock(charge, ({ amount }, { attempt }) => {
    if (attempt < 5) throw new Error('declined');
    return { charged: amount };
  });
  await using t = await testkit({ mocks: [declined], startAt: new Date('2030-01-01T00:00:00Z') });
  await t.execute(charge, { amount: 1 });
  assert.equal(t.now().toISOString(), '2030-01-01T04:00:00.000Z');
});

test('thirty days of daily attempts pass, each at its own moment', async () => {
  const seen: string[] = [];
  const daily = task({
    id: 'daily',
    retry: { maxAttempts: 40, backoff: 'fixed', initial: '1d', max: '1d', jitter: 'none' },
    run: (_input: null): null => {
      seen.push(t.now().toISOString());
      throw new Error('not yet');
    },
  });
  await using t = await testkit();
  await t.start(daily, null);
  await t.advance('30d');
  assert.equal(seen.length, 31);
  assert.equal(seen[1], '2026-01-02T00:00:00.000Z');
  assert.equal(seen[30], '2026-01-31T00:00:00.000Z');
});

test('a mock that takes too long in virtual time runs out of its attempt', async () => {
  const late = mock(slow, async (_input, { attempt, takes }) => {
    await takes(attempt === 1 ? '10m' : '10s');
    return `attempt ${attempt}`;
  });
  await using t = await testkit({ mocks: [late] });
  const run = await t.start(slow, null);
  await t.settle();
  await t.advance('29s');
  assert.equal((await run.details()).attempts, 1);
  assert.equal(t.calls(slow).times, 1);
  await t.advance('1m');
  assert.equal(t.calls(slow).times, 1, 'the pause of a minute begins when the attempt has timed out, at 30 s');
  await t.advance('1s');
  assert.equal(t.calls(slow).times, 2);
  await t.advance('10s');
  assert.equal(await run.result(), 'attempt 2');
});

test('a handler that hangs holds time up for a moment only, and its attempt times out', async () => {
  await using t = await testkit({ mocks: [mock(slow, () => new Promise<string>(() => {}))] });
  const run = await t.start(slow, null);
  await t.advance('5m');
  await assert.rejects(run.result(), (error) => error instanceof TaskFailedError && error.attempts === 2);
});

test('settling beside a handler that does not end is refused, and names it', async () => {
  await using t = await testkit({ settleWithin: '200ms' });
  await t.start(endless, null);
  await assert.rejects(t.settle(), (error: TaskFlowError) => {
    assert.equal(error.code, 'not_settled');
    assert.match(error.message, /the handler of "endless" \(task [0-9a-f-]+, attempt 1\) runs/);
    return true;
  });
});

test('a result that nobody moves time for is refused instead of awaited for ever', async () => {
  const declined = mock(charge, () => {
    throw new Error('declined');
  });
  await using t = await testkit({ mocks: [declined] });
  const run = await t.start(charge, { amount: 1 });
  await assert.rejects(run.result(), (error: TaskFlowError) => {
    assert.equal(error.code, 'stands_still');
    assert.match(error.message, /nothing moves before 2026-01-01T01:00:00.000Z/);
    return true;
  });
});

test('a handler that waits may be cancelled', async () => {
  const aborted: unknown[] = [];
  const waiting = mock(slow, async (_input, { signal, takes }) => {
    signal.addEventListener('abort', () => aborted.push(signal.reason));
    await takes('20s');
    return 'done';
  });
  await using t = await testkit({ mocks: [waiting] });
  const run = await t.start(slow, null);
  await t.settle();
  await run.cancel();
  await t.settle();
  assert.equal(await run.status(), 'cancelled');
  assert.equal(aborted.length, 1);
});

test('two kits share neither tasks nor time', async () => {
  await using one = await testkit();
  await using other = await testkit({ mocks: [mock(ship, () => ({ parcel: 'mocked' }))] });
  await one.advance('1d');
  const results = await Promise.all([one.execute(ship, { to: 'Ana' }), other.execute(ship, { to: 'Ana' })]);
  assert.deepEqual(results, [{ parcel: 'parcel to Ana' }, { parcel: 'mocked' }]);
  assert.equal(one.calls(ship).times, 1);
  assert.equal(other.now().toISOString(), '2026-01-01T00:00:00.000Z');
});

test('two definitions under one name are refused', async () => {
  await using t = await testkit({ definitions: [order] });
  const changed = workflow({ id: 'order' }, (w) => {
    const sent = w.step('send', ship, { input: () => ({ to: 'Bo' }) });
    return w.output({ sent }, (seen) => seen.sent);
  });
  await assert.rejects(t.start(changed, undefined), failing('definition_changed'));
});

test('what a closed kit did not answer is refused', async () => {
  const t = await testkit({ mocks: [mock(slow, () => new Promise<string>(() => {}))] });
  const run = await t.start(slow, null);
  const result = assert.rejects(run.result(), failing('closed'));
  await t.close();
  await result;
  await assert.rejects(run.status(), failing('closed'));
});
