// Checked by the compiler alone: each line under a directive must not compile, and the rest must.
import { z } from 'zod';
import type { TaskFlow } from '../client/taskflow.ts';
import { event } from './event.ts';
import { queue } from './queue.ts';
import { signal } from './signal.ts';
import type { InputOf, OutputOf } from './startable.ts';
import type { Ref } from './step-options.ts';
import { task } from './task.ts';
import { workflow } from './workflow.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;
declare const taskflow: TaskFlow;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const payments = queue({ id: 'payments' });
const reserve = task({
  id: 'stock.reserve',
  queue: payments,
  input: z.object({ sku: z.string(), qty: z.int().default(1) }),
  run: async (input) => ({ reservation: `${input.sku}-${input.qty}`, at: new Date() }),
});
const release = task({ id: 'stock.release', run: async (hold: { reservation: string }) => void hold });
const score = task({ id: 'fraud.score', run: async (order: { orderId: string }) => ({ score: order.orderId.length }) });
const route = task({ id: 'route', run: ({ by }: { by: 'rail' | 'road'; legs: [number, number] }) => by });
const routed = workflow({ id: 'routed', input: z.object({ by: z.enum(['rail', 'road']) }) }, (w) => {
  const routed = w.step('route', route, { input: ({ input }) => ({ by: input.by, legs: [1, 2] }) });
  return w.output({ routed }, (seen) => seen.routed);
});
const nothing = task({ id: 'nothing', run: async () => {} });
const parseDate = task({
  id: 'dates.parse',
  input: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
  run: ({ at }) => at.getTime(),
});
const Approved = signal({ id: 'approved', payload: z.object({ by: z.string(), at: z.date().optional() }) });
const Counted = signal({ id: 'counted', payload: z.object({ n: z.string().transform(Number) }) });
const Scanned = event({
  id: 'scanned',
  payload: z.object({ orderId: z.string(), depot: z.string() }),
  key: (parcel) => parcel.orderId,
});
const Weighed = event({ id: 'weighed', payload: z.object({ scale: z.number() }), key: ({ scale }) => scale });
const Unaddressed = event({ id: 'unaddressed', payload: z.object({ a: z.string() }) });

const fulfil = workflow({ id: 'orders', input: z.object({ sku: z.string(), qty: z.number().default(1) }) }, (w) => {
  const reserved = w.step('reserve', reserve, { input: ({ input }) => ({ sku: input.sku, qty: input.qty }) });
  const scored = w.step('score', score, {
    needs: { reserved },
    input: ({ reserved }) => ({ orderId: reserved.reservation }),
    retry: { maxAttempts: 2, initial: '1s' },
  });
  w.step('nothing', nothing, { needs: { scored }, input: () => undefined });
  return w.output({ reserved, scored }, (seen) => ({ at: seen.reserved.at, score: seen.scored.score }));
});

// What callers give and get follows from the schemas; a default makes a member optional for callers.
holds<Equal<OutputOf<typeof fulfil>, { at: Date; score: number }>>();
holds<Equal<InputOf<typeof fulfil>, { sku: string; qty?: number | undefined }>>();
holds<Equal<InputOf<typeof reserve>['qty'], number | undefined>>();
holds<Equal<InputOf<typeof parseDate>, { at: string }>>();
holds<Equal<OutputOf<typeof parseDate>, number>>();

export async function starts(): Promise<void> {
  const handle = await taskflow.start(fulfil, { sku: 'A' });
  const output = await handle.result({ timeout: '1m' });
  holds<Equal<typeof output, { at: Date; score: number }>>();
  const scored = await taskflow.execute(score, { orderId: 'o1' });
  holds<Equal<typeof scored, { score: number }>>();
  await handle.signal(Approved, { by: 'ana' }, { idempotencyKey: 'once' });
  await handle.signal(Counted, { n: '7' });
  const again = await handle.retry({ from: 'score', version: 'latest' });
  holds<Equal<Awaited<ReturnType<typeof again.result>>, { at: Date; score: number }>>();
  holds<Equal<Awaited<ReturnType<typeof taskflow.emit>>['matched'], number>>();
  await taskflow.emit(Scanned, { orderId: 'o1', depot: 'north' });
  // @ts-expect-error missing fields are caught at the call site
  await taskflow.start(fulfil, { qty: 1 });
  // @ts-expect-error wrong types too
  await taskflow.startMany(reserve, [{ input: { sku: 1 } }]);
  // @ts-expect-error a delayed start is not available yet
  await taskflow.start(score, { orderId: 'o1' }, { delay: '1m' });
  // @ts-expect-error wrong payload for a signal
  await handle.signal(Approved, { who: 'ana' });
  // @ts-expect-error a signal's sender gives what its schema takes, not what it makes of it
  await handle.signal(Counted, { n: 7 });
  // @ts-expect-error a signal is a value, not a name
  await handle.signal('approved', { by: 'ana' });
  // @ts-expect-error an event is no signal
  await handle.signal(Scanned, { orderId: 'o1', depot: 'north' });
  // @ts-expect-error wrong payload for an event
  await taskflow.emit(Scanned, { orderId: 1, depot: 'north' });
  // @ts-expect-error an unknown version to go on with
  await handle.retry({ version: 'newest' });
  // @ts-expect-error a compensation is settled with a reason
  await handle.settleCompensation('reserve');
  // @ts-expect-error a task receives no signals
  (await taskflow.start(score, { orderId: 'o1' })).signal(Approved, { by: 'ana' });
  // @ts-expect-error nothing that was done by a task is undone by its cancel
  await (await taskflow.start(score, { orderId: 'o1' })).cancel({ compensate: true });
}

workflow({ id: 'every-verb', input: z.object({ n: z.number(), mails: z.array(z.string()) }) }, (w) => {
  const sure = w.step('sure', score, {
    input: ({ input }) => ({ orderId: String(input.n) }),
    compensate: {
      task: release,
      input: ({ input, output }) => ({ reservation: `${output.score}${input.n}` }),
      unknown: ({ input }) => ({ reservation: String(input.n) }),
      retry: { maxAttempts: 3 },
      queue: payments,
    },
    commit: true,
    label: 'Sure',
  });
  holds<Equal<typeof sure, Ref<{ score: number }>>>();
  const literal = w.step('literal', route, { input: () => ({ by: 'rail', legs: [1, 2] }) });
  holds<Equal<typeof literal, Ref<'rail' | 'road'>>>();
  w.step('tuple', route, { needs: { literal }, input: ({ literal }) => ({ by: literal, legs: [1, 2] }) });
  w.child('branch', routed, { needs: { literal }, input: () => ({ by: 'road' }) });
  const maybe = w.step('maybe', score, {
    needs: { sure },
    when: ({ sure }) => sure.score > 1,
    input: () => ({ orderId: 'x' }),
  });
  holds<Equal<typeof maybe, Ref<{ score: number } | undefined>>>();
  const tried = w.step('tried', score, { onError: 'continue', input: () => ({ orderId: 'x' }) });
  holds<Equal<typeof tried, Ref<{ score: number } | undefined>>>();
  const failing = w.step('failing', score, { onError: 'fail', input: () => ({ orderId: 'x' }) });
  holds<Equal<typeof failing, Ref<{ score: number }>>>();
  const inline = w.run('inline', { needs: { maybe } }, async ({ maybe, input }, ctx) => {
    ctx.progress(0.5);
    return { sum: (maybe?.score ?? 0) + input.n, at: new Date() };
  });
  holds<Equal<typeof inline, Ref<{ sum: number; at: Date }>>>();
  const held = w.run(
    'held',
    { compensate: { task: release, input: ({ output }: { output: { id: string } }) => ({ reservation: output.id }) } },
    ({ input }) => ({ id: `h${input.n}`, extra: true }),
  );
  holds<Equal<typeof held, Ref<{ id: string; extra: boolean }>>>();
  const either = w.run('either', {}, ({ input }) => (input.n > 1 ? new Date() : { big: 1n }));
  holds<Equal<typeof either, Ref<Date | { big: bigint }>>>();
  const json = w.run('json', {}, (): Json => null);
  holds<Equal<typeof json, Ref<Json>>>();
  const later = w.run('later', { needs: { json } }, async ({ json }) => json);
  holds<Equal<typeof later, Ref<Json>>>();
  const none = w.run('none', {}, async () => {});
  holds<Equal<typeof none, Ref<void>>>();
  const all = w.each('all', score, {
    needs: { inline },
    over: ({ input }) => input.mails,
    concurrency: 10,
    input: (mail, { inline }) => ({ orderId: `${mail.length}${inline.sum}` }),
    compensate: { task: release, input: ({ output }) => ({ reservation: String(output[0]?.score) }) },
  });
  holds<Equal<typeof all, Ref<{ score: number }[]>>>();
  const some = w.each('some', score, { over: () => [1, 2], input: (n) => ({ orderId: n.toFixed() }), tolerate: 1 });
  holds<Equal<typeof some, Ref<({ score: number } | undefined)[]>>>();
  const child = w.child('child', fulfil, {
    needs: { all },
    input: ({ all }) => ({ sku: String(all.length) }),
    onParentClose: 'abandon',
    compensate: { task: release, input: ({ output }) => ({ reservation: output.at.toISOString() }) },
  });
  holds<Equal<typeof child, Ref<{ at: Date; score: number }>>>();
  const approval = w.waitFor('approval', Approved, { needs: { child }, timeout: '2d' });
  holds<Equal<typeof approval, Ref<{ by: string; at?: Date | undefined }>>>();
  const counted = w.waitFor('counted', Counted, { timeout: '2d', when: ({ input }) => input.n > 1 });
  holds<Equal<typeof counted, Ref<{ n: number } | undefined>>>();
  const late = w.waitFor('late', Counted, { timeout: '2d', onError: 'continue' });
  holds<Equal<typeof late, Ref<{ n: number } | undefined>>>();
  const scanned = w.waitForEvent('scanned', Scanned, { key: ({ input }) => String(input.n), timeout: '3d' });
  holds<Equal<typeof scanned, Ref<{ orderId: string; depot: string }>>>();
  const weighed = w.waitForEvent('weighed', Weighed, { key: ({ input }) => input.n, timeout: '3d' });
  holds<Equal<typeof weighed, Ref<{ scale: number }>>>();
  const slept = w.sleep('slept', { for: '1d' });
  const woke = w.sleep('woke', { needs: { inline }, until: ({ inline }) => inline.at });
  return w.output({ some, slept, woke }, (seen) => seen.some.map((one) => one?.score));
});

workflow({ id: 'negative', input: z.object({ n: z.number(), mails: z.array(z.string()) }) }, (w) => {
  const a = w.step('a', score, { input: () => ({ orderId: 'x' }) });
  // @ts-expect-error a step sees only what it declares in `needs`
  w.step('b', reserve, { input: ({ a }) => ({ sku: String(a.score) }) });
  // @ts-expect-error the task's input type is enforced
  w.step('c', reserve, { needs: { a }, input: ({ a }) => ({ sku: a.score }) });
  // @ts-expect-error a literal is one of those that the task takes
  w.step('ca', route, { input: () => ({ by: 'sea', legs: [1, 2] }) });
  // @ts-expect-error the workflow's input type is known
  w.step('d', score, { input: ({ input }) => ({ orderId: input.n }) });
  // @ts-expect-error every step says its input
  w.step('e', score, { needs: { a } });
  // @ts-expect-error an input is there at once, for no step waits for it
  w.step('f', score, { input: async () => ({ orderId: 'x' }) });
  // @ts-expect-error what is needed is a handle, not a name
  w.step('g', score, { needs: { a: 'a' }, input: () => ({ orderId: 'x' }) });
  // @ts-expect-error options are known
  w.step('h', score, { input: () => ({ orderId: 'x' }), wehn: () => true });
  // @ts-expect-error a step has no SLA yet
  w.step('i', score, { input: () => ({ orderId: 'x' }), sla: { start: '1s' } });
  // @ts-expect-error durations are checked in steps too
  w.step('j', score, { input: () => ({ orderId: 'x' }), timeout: { attempt: 'soon' } });

  const maybe = w.step('k', reserve, { needs: { a }, when: ({ a }) => a.score > 1, input: () => ({ sku: 's' }) });
  // @ts-expect-error a step that may be skipped may be undefined and must be handled
  w.output({ maybe }, ({ maybe }) => maybe.reservation);
  const tried = w.step('l', score, { onError: 'continue', input: () => ({ orderId: 'x' }) });
  // @ts-expect-error and one that may fail
  w.output({ tried }, ({ tried }) => tried.score);
  // @ts-expect-error a condition sees only what is needed
  w.step('m', score, { when: ({ a }) => a.score > 1, input: () => ({ orderId: 'x' }) });
  // @ts-expect-error a condition is true or false
  w.step('n', score, { needs: { a }, when: ({ a }) => a.score, input: () => ({ orderId: 'x' }) });
  // @ts-expect-error a condition is a function
  w.step('o', score, { when: true, input: () => ({ orderId: 'x' }) });
  // @ts-expect-error a failure fails the workflow, or it goes on
  w.step('p', score, { onError: 'ignore', input: () => ({ orderId: 'x' }) });

  // @ts-expect-error a compensation says what it gets
  w.step('q', score, { input: () => ({ orderId: 'x' }), compensate: { task: release } });
  // @ts-expect-error of the type that its task takes
  w.step('r', score, { input: () => ({ orderId: 'x' }), compensate: { task: release, input: () => ({ hold: 1 }) } });
  w.step('s', score, {
    input: () => ({ orderId: 'x' }),
    // @ts-expect-error its output is what the step returned
    compensate: { task: release, input: ({ output }) => ({ reservation: output.id }) },
  });
  w.step('t', score, {
    input: () => ({ orderId: 'x' }),
    compensate: {
      task: release,
      input: () => ({ reservation: '' }),
      // @ts-expect-error where the outcome is unknown there is no output
      unknown: ({ output }) => ({ reservation: output }),
    },
  });
  // @ts-expect-error what undoes a step is a task
  w.step('u', score, { input: () => ({ orderId: 'x' }), compensate: { task: fulfil, input: () => ({ sku: '' }) } });
  w.run(
    'v',
    { compensate: { task: release, input: ({ output }: { output: { id: string } }) => ({ reservation: output.id }) } },
    // @ts-expect-error an inline step's compensation cannot take another output than the step has
    () => ({ id: 1 }),
  );
  // @ts-expect-error nor use one of which it does not say the type
  w.run('w', { compensate: { task: release, input: ({ output }) => ({ reservation: output.id }) } }, () => ({
    id: '1',
  }));
  // @ts-expect-error the result of an inline step must survive the wire
  w.run('x', {}, () => ({ later: () => 1 }));
  // @ts-expect-error nor does it when it comes later
  w.run('xx', {}, async () => ({ symbol: Symbol('a') }));
  // @ts-expect-error an inline step sees only what is needed
  w.run('y', {}, ({ a }) => a.score);

  // @ts-expect-error a fan-out goes over a list
  w.each('ea', score, { over: ({ input }) => input.n, input: () => ({ orderId: 'x' }) });
  // @ts-expect-error and knows the type of its items
  w.each('eb', score, { over: ({ input }) => input.mails, input: (mail) => ({ orderId: mail.address }) });
  // @ts-expect-error the task's input type is enforced for each item
  w.each('ec', score, { over: ({ input }) => input.mails, input: (mail) => ({ orderId: mail.length }) });
  const some = w.each('ed', score, {
    over: ({ input }) => input.mails,
    input: (orderId) => ({ orderId }),
    tolerate: 2,
  });
  // @ts-expect-error items that failed are undefined
  w.output({ some }, ({ some }) => some.map(({ score }) => score));

  // @ts-expect-error a child's input type is enforced
  w.child('ca', fulfil, { input: () => ({ sku: 1 }) });
  // @ts-expect-error a task is no child
  w.child('cb', score, { input: () => ({ orderId: 'x' }) });
  // @ts-expect-error how a child is carried out is its own affair
  w.child('cc', fulfil, { input: () => ({ sku: 'x' }), retry: { maxAttempts: 1 } });
  // @ts-expect-error a child is cancelled or left alone
  w.child('cd', fulfil, { input: () => ({ sku: 'x' }), onParentClose: 'kill' });

  // @ts-expect-error a wait has a timeout
  w.waitFor('wa', Approved, {});
  // @ts-expect-error an event is no signal
  w.waitFor('wb', Scanned, { timeout: '1h' });
  const approval = w.waitFor('wc', Approved, { timeout: '1h', when: () => true });
  // @ts-expect-error a wait that may be skipped must be handled
  w.output({ approval }, ({ approval }) => approval.by);
  // @ts-expect-error there is nothing to undo in a wait
  w.waitFor('wd', Approved, { timeout: '1h', compensate: { task: release, input: () => ({ reservation: '' }) } });
  // @ts-expect-error the key's type must match that of the event
  w.waitForEvent('ka', Scanned, { key: ({ input }) => input.n, timeout: '1h' });
  // @ts-expect-error in both directions
  w.waitForEvent('kb', Weighed, { key: ({ input }) => String(input.n), timeout: '1h' });
  // @ts-expect-error an event without a key cannot be waited for
  w.waitForEvent('kc', Unaddressed, { key: () => 'a', timeout: '1h' });
  // @ts-expect-error nor without saying which
  w.waitForEvent('kd', Scanned, { timeout: '1h' });
  // @ts-expect-error a sleep has a span or an instant
  w.sleep('sa', {});
  // @ts-expect-error not both
  w.sleep('sb', { for: '1h', until: () => new Date() });
  // @ts-expect-error an instant is a Date
  w.sleep('sc', { until: () => '2030-01-01' });
  // @ts-expect-error a span is a duration
  w.sleep('sd', { for: '1 hour' });

  // @ts-expect-error the output must survive the wire
  w.output({ a }, (seen) => () => seen.a.score);
  // @ts-expect-error and is there at once
  w.output({ a }, async (seen) => seen.a.score);
  return w.output({ a }, (seen) => seen.a.score);
});

// @ts-expect-error a build function returns an output
workflow({ id: 'none', input: z.object({}) }, () => undefined);
// @ts-expect-error what a failure means is one of two
workflow({ id: 'saga', onFailure: 'undo' }, (w) => w.output({ a: w.step('a', nothing, { input: () => 1 }) }, () => 1));
// @ts-expect-error a workflow is not started by events yet
workflow({ id: 'started', on: [Scanned] }, (w) => w.output({ a: w.step('a', nothing, { input: () => 1 }) }, () => 1));
// @ts-expect-error a key is a text or a number
event({ id: 'bad', payload: z.object({ at: z.date() }), key: ({ at }) => at });
// @ts-expect-error a payload must survive the wire
signal({ id: 'bad', payload: z.object({ call: z.custom<() => void>() }) });
