// Checked by the compiler alone: each line under a directive must not compile, and the rest must.
import { z } from 'zod';
import type { TaskFlow } from '../client/create-taskflow.ts';
import { queue } from './queue.ts';
import type { InputOf, OutputOf } from './startable.ts';
import { task } from './task.ts';
import { workflow } from './workflow.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;
declare const taskflow: TaskFlow;

const payments = queue({ id: 'payments' });
const reserve = task({
  id: 'stock.reserve',
  queue: payments,
  input: z.object({ sku: z.string(), qty: z.int().default(1) }),
  run: async (input) => ({ reservation: `${input.sku}-${input.qty}` }),
});
const score = task({ id: 'fraud.score', run: async (order: { orderId: string }) => ({ score: order.orderId.length }) });
const nothing = task({ id: 'nothing', run: async () => {} });
const parseDate = task({
  id: 'dates.parse',
  input: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
  run: ({ at }) => at.getTime(),
});

const fulfil = workflow({ id: 'orders', input: z.object({ sku: z.string(), qty: z.number().default(1) }) }, (w) => {
  const reserved = w.step('reserve', reserve, { input: ({ input }) => ({ sku: input.sku, qty: input.qty }) });
  const scored = w.step('score', score, {
    needs: { reserved },
    input: ({ reserved }) => ({ orderId: reserved.reservation }),
    retry: { maxAttempts: 2, initial: '1s' },
  });
  w.step('nothing', nothing, { needs: { scored }, input: () => undefined });
  return w.output({ reserved, scored }, (seen) => ({ id: seen.reserved.reservation, score: seen.scored.score }));
});

// What callers give and get follows from the schemas; a default makes a member optional for callers.
holds<Equal<OutputOf<typeof fulfil>, { id: string; score: number }>>();
holds<Equal<InputOf<typeof fulfil>, { sku: string; qty?: number | undefined }>>();
holds<Equal<InputOf<typeof reserve>['qty'], number | undefined>>();
// The handler may see a Date where the caller gives a string: only what crosses the wire must be plain.
holds<Equal<InputOf<typeof parseDate>, { at: string }>>();
holds<Equal<OutputOf<typeof parseDate>, number>>();

export async function starts(): Promise<void> {
  const handle = await taskflow.start(fulfil, { sku: 'A' });
  const output = await handle.result({ timeout: '1m' });
  holds<Equal<typeof output, { id: string; score: number }>>();
  const scored = await taskflow.execute(score, { orderId: 'o1' });
  holds<Equal<typeof scored, { score: number }>>();
  // @ts-expect-error missing fields are caught at the call site
  await taskflow.start(fulfil, { qty: 1 });
  // @ts-expect-error wrong types too
  await taskflow.startMany(reserve, [{ input: { sku: 1 } }]);
  // @ts-expect-error a delayed start is not available yet
  await taskflow.start(score, { orderId: 'o1' }, { delay: '1m' });
  // @ts-expect-error nor are signals
  handle.signal('approved');
}

workflow({ id: 'negative', input: z.object({ n: z.number() }) }, (w) => {
  const a = w.step('a', score, { input: () => ({ orderId: 'x' }) });
  // @ts-expect-error a step sees only what it declares in `needs`
  w.step('b', reserve, { input: ({ a }) => ({ sku: String(a.score) }) });
  // @ts-expect-error the task's input type is enforced
  w.step('c', reserve, { needs: { a }, input: ({ a }) => ({ sku: a.score }) });
  // @ts-expect-error the workflow's input type is known
  w.step('d', score, { input: ({ input }) => ({ orderId: input.n }) });
  // @ts-expect-error every step says its input
  w.step('e', score, { needs: { a } });
  // @ts-expect-error conditions are not available yet
  w.step('f', score, { when: true, input: () => ({ orderId: 'x' }) });
  // @ts-expect-error nor is compensation
  w.step('g', score, { compensate: { task: nothing }, input: () => ({ orderId: 'x' }) });
  // @ts-expect-error nor fan-out
  w.each('mails', score, {});
  // @ts-expect-error nor child workflows
  w.child('child', fulfil, {});
  // @ts-expect-error the output must survive the wire
  w.output({ a }, (seen) => new Date(seen.a.score));
  return w.output({ a }, (seen) => seen.a.score);
});

// @ts-expect-error a build function returns an output
workflow({ id: 'none', input: z.object({}) }, () => undefined);
// @ts-expect-error compensating on failure is not available yet
workflow({ id: 'saga', onFailure: 'compensate' }, (w) =>
  w.output({ a: w.step('a', nothing, { input: () => 1 }) }, () => 1),
);
// @ts-expect-error results must be plain JSON: no function
task({ id: 'bad', run: async (input: { a: 1 }) => ({ get: () => input }) });
// @ts-expect-error no Date
task({ id: 'bad', run: async () => ({ at: new Date() }) });
// @ts-expect-error no bigint, however deep
task({ id: 'bad', run: async () => ({ list: [{ n: 1n }] }) });
// @ts-expect-error inputs neither
task({ id: 'bad', run: async (_input: Map<string, number>) => 1 });
// @ts-expect-error nor an input schema whose callers would give a Date
task({ id: 'bad', input: z.object({ at: z.date() }), run: async () => 1 });
// @ts-expect-error durations are checked
task({ id: 'bad', timeout: { total: '10 minutes' }, run: async () => 1 });
// @ts-expect-error an SLA is not available yet
task({ id: 'bad', sla: { start: '1s' }, run: async () => 1 });
// @ts-expect-error nor is a rate limit
task({ id: 'bad', rateLimit: { limit: 1, per: '1s' }, run: async () => 1 });
