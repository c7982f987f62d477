import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, silentTelemetry } from '@taskflow/kit-testing';
import type { AdvanceCommand } from '../advance/advance-command.ts';
import type { DueWait } from '../ports/advance-store.ts';
import { createTimers } from './fire-timers.ts';

const aWait = (step: string): DueWait => ({ tenantId: 't', workflowId: 'w', step });

/** Timers on a clock that stands still, over waits that become due as a test says. */
async function openTimers(due: { at: number; wait: DueWait }[], poison?: string, dueWaits = 500) {
  const clock = manualClock();
  const start = clock.now();
  const fired: string[][] = [];
  const errors: (object | string)[] = [];
  const silent = silentTelemetry();
  let reads = 0;
  const timers = createTimers({
    store: {
      readDueWaits: (limit) => {
        reads += 1;
        const now = clock.now() - start;
        return Promise.resolve(
          due
            .filter(({ at }) => at <= now)
            .map((one) => one.wait)
            .slice(0, limit),
        );
      },
      nextWaitInMs: () => {
        const next = Math.min(...due.map(({ at }) => at));
        return Promise.resolve(next === Infinity ? undefined : Math.max(0, next - (clock.now() - start)));
      },
    },
    submit: (command: AdvanceCommand) => {
      assert.ok(command.kind === 'fire-waits');
      const ended = command.waits.filter(({ step }) => step !== poison);
      fired.push(ended.map(({ step }) => step));
      for (const { step } of ended)
        due.splice(
          due.findIndex((one) => one.wait.step === step),
          1,
        );
      if (ended.length < command.waits.length) return Promise.reject(new Error('one cannot be ended'));
      return Promise.resolve({ kind: 'granted' });
    },
    bounds: { dueWaits },
    clock,
    telemetry: { ...silent, log: { ...silent.log, error: (context: object | string) => void errors.push(context) } },
  });
  await timers.start();
  await clock.advance(0);
  return {
    clock,
    timers,
    fired,
    errors,
    start,
    get reads() {
      return reads;
    },
    [Symbol.asyncDispose]: async () => {
      const stopping = timers.stop();
      await clock.advance(60_000);
      await stopping;
    },
  };
}

test('what became due before the start is ended at the start, batch after batch', async () => {
  const due = Array.from({ length: 501 }, (_, i) => ({ at: 0, wait: aWait(`s${i}`) }));
  await using opened = await openTimers(due);
  assert.deepEqual(
    opened.fired.map(({ length }) => length),
    [500, 1],
  );
});

test('the database is asked when the next wait is due, and not before', async () => {
  await using opened = await openTimers([{ at: 5_000, wait: aWait('a') }]);
  const before = opened.reads;
  await opened.clock.advance(5_000);
  assert.equal(opened.reads, before);
  await opened.clock.advance(1);
  assert.deepEqual(opened.fired, [['a']]);
});

test('a wait that begins later and is over earlier has its own moment', async () => {
  const due = [{ at: 5_000, wait: aWait('a') }];
  await using opened = await openTimers(due);
  due.push({ at: 1_000, wait: aWait('b') });
  opened.timers.dueIn(1_000);
  await opened.clock.advance(1_001);
  assert.deepEqual(opened.fired, [['b']]);
  await opened.clock.advance(4_000);
  assert.deepEqual(opened.fired, [['b'], ['a']]);
});

test('a wait that is due at once is ended at once', async () => {
  const due: { at: number; wait: DueWait }[] = [];
  await using opened = await openTimers(due);
  due.push({ at: 0, wait: aWait('a') });
  opened.timers.dueIn(0);
  await opened.clock.advance(0);
  assert.deepEqual(opened.fired, [['a']]);
});

test('a wait whose alarm was lost is found all the same', async () => {
  const due: { at: number; wait: DueWait }[] = [];
  await using opened = await openTimers(due);
  due.push({ at: 0, wait: aWait('a') });
  await opened.clock.advance(30_000);
  assert.deepEqual(opened.fired, [['a']]);
});

test('a wait that cannot be ended is reported, and keeps no later one from its end', async () => {
  const due = ['a', 'b', 'c'].map((step) => ({ at: 0, wait: aWait(step) }));
  await using opened = await openTimers(due, 'b');
  assert.deepEqual(opened.fired, [['a', 'c']]);
  assert.equal(opened.errors.length, 1);
  due.push({ at: 0, wait: aWait('d') });
  opened.timers.dueIn(0);
  await opened.clock.advance(200);
  assert.deepEqual(opened.fired[1], ['d']);
});

test('ends no more waits in one transaction than it may, and all of them', async () => {
  const due = ['a', 'b', 'c', 'd', 'e'].map((step) => ({ at: 0, wait: aWait(step) }));
  await using opened = await openTimers(due, undefined, 2);
  assert.deepEqual(opened.fired, [['a', 'b'], ['c', 'd'], ['e']]);
});
