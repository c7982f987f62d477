import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { event } from '../definitions/event.ts';
import { signal } from '../definitions/signal.ts';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { CancelledError, TerminalError, WorkflowFailedError } from '../errors.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { createTaskFlow } from './create-taskflow.ts';
import type { TaskFlow } from './taskflow.ts';
import type { WorkflowHandle } from './workflow-handle.ts';

/** Lines that handlers reported, in order. */
const reported: string[] = [];
const report = task({ id: 'report', run: (what: string) => void reported.push(what) });
const echo = task({ id: 'echo', run: (value: unknown) => value });
const half = task({
  id: 'half',
  run: (n: number) => {
    if (n % 2 === 1) throw new TerminalError(`${n} is odd`, { code: 'odd' });
    return n === 0 ? null : n / 2;
  },
});
const fail = task({
  id: 'fail',
  run: ({ fails }: { fails: boolean }) => {
    if (fails) throw new TerminalError('as asked', { code: 'as_asked' });
    return 'went well';
  },
});

const values = {
  date: new Date('2026-02-03T04:05:06.789Z'),
  map: new Map<string, Set<bigint>>([['a', new Set([1n, 2n])]]),
  url: new URL('https://example.org/a?b=c'),
  bytes: Uint8Array.from([0, 1, 254, 255]),
  floats: Float64Array.from([0.1, Number.NaN]),
  nothing: undefined,
  list: [undefined, null, Number.NaN, Number.POSITIVE_INFINITY, -0, 10n ** 30n],
  marked: { $taskflow: 'Date', value: 'not one', $from: 'input' },
};
type Values = typeof values;

const Approved = signal({ id: 'approved', payload: z.object({ by: z.string(), at: z.date() }) });
const Scanned = event({ id: 'scanned', payload: z.object({ id: z.string(), depot: z.string() }), key: ({ id }) => id });

const carry = task({ id: 'carry', run: (given: Values) => given });
const carries = workflow({ id: 'carries', input: z.custom<Values>() }, (w) => {
  const first = w.step('first', carry, { input: ({ input }) => input });
  const second = w.run('second', { needs: { first } }, ({ first }) => first);
  return w.output({ second }, ({ second }) => second);
});
const branches = workflow({ id: 'branches', input: z.object({ yes: z.boolean() }) }, (w) => {
  const maybe = w.step('maybe', echo, { when: ({ input }) => input.yes, input: () => 'ran' });
  const wait = w.waitFor('wait', Approved, { when: ({ input }) => !input.yes && false, timeout: '20s' });
  const tried = w.step('tried', fail, { onError: 'continue', input: ({ input }) => ({ fails: !input.yes }) });
  const none = w.step('none', report, { input: () => 'branches' });
  const seen = w.run('seen', { needs: { maybe, wait, tried, none } }, ({ input: _input, ...all }) => all);
  return w.output({ seen }, ({ seen }) => seen);
});
const fans = workflow({ id: 'fans', input: z.object({ list: z.array(z.number()) }) }, (w) => {
  const over = ({ input }: { input: { list: number[] } }) => input.list;
  const dates = w.each('dates', echo, { over, concurrency: 2, input: (n) => new Date(n) });
  const halves = w.each('halves', half, { over, tolerate: 2, input: (n) => n });
  return w.output({ dates, halves }, (seen) => ({ dates: seen.dates, halves: seen.halves }));
});
const nests = workflow({ id: 'nests', input: z.object({ at: z.date() }) }, (w) => {
  const child = w.child('child', fans, { input: ({ input }) => ({ list: [input.at.getTime()] }) });
  return w.output({ child }, ({ child }) => child.dates[0]);
});
const waits = workflow({ id: 'waits', input: z.object({ order: z.string() }) }, (w) => {
  const approval = w.waitFor('approval', Approved, { timeout: '20s' });
  const scan = w.waitForEvent('scan', Scanned, {
    needs: { approval },
    key: ({ input }) => input.order,
    timeout: '20s',
  });
  const nap = w.sleep('nap', { needs: { scan }, for: '10ms' });
  const woke = w.sleep('woke', { needs: { nap, approval }, until: ({ approval }) => approval.at });
  return w.output({ approval, scan, woke }, (seen) => ({
    at: seen.approval.at,
    depot: seen.scan.depot,
    woke: seen.woke,
  }));
});
const saga = workflow({ id: 'saga', input: z.object({ fails: z.boolean() }) }, (w) => {
  const hold = w.run(
    'hold',
    {
      compensate: {
        task: report,
        input: ({ output }: { output: { held: Date } }) => `release ${output.held.getTime()}`,
      },
    },
    () => ({ held: new Date(5) }),
  );
  const charge = w.step('charge', echo, {
    needs: { hold },
    input: ({ hold }) => hold.held,
    compensate: { task: report, input: ({ hold }) => `refund ${hold.held.getTime()}` },
  });
  const wait = w.waitFor('wait', Approved, { needs: { charge }, when: ({ input }) => !input.fails, timeout: '20s' });
  const last = w.step('last', fail, { needs: { wait }, input: ({ input }) => input });
  return w.output({ last }, ({ last }) => last);
});
const stuck = workflow({ id: 'stuck' }, (w) => {
  const done = w.step('done', echo, {
    input: () => 1,
    compensate: {
      task: report,
      input: () => {
        throw new RangeError('no idea how');
      },
    },
  });
  const last = w.step('last', fail, { needs: { done }, input: () => ({ fails: true }) });
  return w.output({ last }, ({ last }) => last);
});

describe('a workflow in code, carried out by the platform', () => {
  let taskflow: TaskFlow;
  before(async () => {
    const definitions = [carries, branches, nests, waits, saga, stuck];
    taskflow = createTaskFlow({ definitions, dataDir: false, log: recordingLog() });
    await taskflow.ready();
  });
  after(() => taskflow.close({ drain: 0 }));

  /** Resolves when the workflow has reached `status`. */
  async function reached(handle: WorkflowHandle<unknown>, status: string): Promise<void> {
    for (;;) {
      const details = await handle.details({ waitSeconds: 1 });
      if (details.status === status) return;
      assert.ok(!['completed', 'failed'].includes(details.status), JSON.stringify(details, null, 1));
    }
  }

  it('gives back every value as it was given', async () => {
    assert.deepEqual(await taskflow.execute(carry, values), values);
    assert.deepEqual(await taskflow.execute(carries, values), values);
  });

  it('skips, tolerates, and lets readers see undefined', async () => {
    const [yes, no] = [
      await taskflow.execute(branches, { yes: true }),
      await taskflow.execute(branches, { yes: false }),
    ];
    assert.deepEqual(yes, { maybe: 'ran', wait: undefined, tried: 'went well', none: undefined });
    assert.deepEqual(no, { maybe: undefined, wait: undefined, tried: undefined, none: undefined });
  });

  it('fans out, in order, with the items that failed as undefined', async () => {
    const { dates, halves } = await taskflow.execute(fans, {
      list: [4, 1, 0, 2, 3],
    });
    assert.deepEqual(
      dates,
      [4, 1, 0, 2, 3].map((n) => new Date(n)),
    );
    assert.deepEqual(halves, [2, undefined, null, 1, undefined]);
    assert.deepEqual(await taskflow.execute(fans, { list: [] }), { dates: [], halves: [] });
  });

  it('runs a child and reads its output', async () => {
    assert.deepEqual(await taskflow.execute(nests, { at: new Date(4) }), new Date(4));
  });

  it('waits for a signal, an event, a span and an instant', async () => {
    const handle = await taskflow.start(waits, { order: 'o1' });
    await reached(handle, 'waiting');
    const at = new Date(Date.now() + 50);
    await handle.signal(Approved, { by: 'ana', at });
    for (;;) {
      const { matched } = await taskflow.emit(Scanned, { id: 'o1', depot: 'north' });
      if (matched === 1) break;
    }
    assert.deepEqual(await handle.result({ timeout: '20s' }), { at, depot: 'north', woke: undefined });
    assert.ok(Date.now() >= at.getTime());
  });

  it('undoes in reverse when a step fails for good', async () => {
    reported.length = 0;
    await assert.rejects(taskflow.execute(saga, { fails: true }), (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError);
      assert.deepEqual([error.step, error.code, error.undone], ['last', 'as_asked', true]);
      return true;
    });
    assert.deepEqual(reported, ['refund 5', 'release 5']);
  });

  it('shows what a cancel would undo, and undoes it', async () => {
    reported.length = 0;
    const handle = await taskflow.start(saga, { fails: false });
    await reached(handle, 'waiting');
    const plan = await handle.compensationPlan();
    assert.deepEqual(plan.compensations.map(({ step }) => step).toSorted(), ['charge', 'hold']);
    await handle.cancel({ compensate: true, reason: 'thought again' });
    await assert.rejects(handle.result(), CancelledError);
    assert.equal(await handle.status(), 'compensated');
    assert.deepEqual(reported, ['refund 5', 'release 5']);
  });

  it('is paused and resumed', async () => {
    const handle = await taskflow.start(saga, { fails: false });
    await reached(handle, 'waiting');
    await handle.pause('audit');
    await handle.signal(Approved, { by: 'ana', at: new Date(0) });
    assert.equal((await handle.details()).status, 'paused');
    await handle.resume();
    assert.equal(await handle.result({ timeout: '20s' }), 'went well');
  });

  it('stays stuck when a compensation cannot be mapped, until somebody settles it', async () => {
    const handle = await taskflow.start(stuck, undefined);
    await reached(handle, 'compensation-stuck');
    const { steps } = await handle.details();
    assert.equal(steps.find(({ key }) => key === 'done')?.compensation?.error?.code, 'mapping_failed');
    await handle.settleCompensation('done', 'undone by hand');
    await assert.rejects(handle.result(), WorkflowFailedError);
    const again = await handle.retry();
    await reached(again, 'compensation-stuck');
  });
});
