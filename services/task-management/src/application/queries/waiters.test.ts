import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OverloadedError } from '@taskflow/kit-resilience';
import { manualClock } from '@taskflow/kit-testing';
import { createWaiters } from './waiters.ts';

const never = new AbortController().signal;

function aThing() {
  let over = false;
  let reads = 0;
  return {
    end: () => {
      over = true;
    },
    reads: () => reads,
    asking: (seconds: number, signal = never) => ({
      seconds,
      signal,
      read: () => {
        reads += 1;
        return Promise.resolve(over);
      },
      isOver: (value: boolean) => value,
    }),
  };
}

describe('whoever waits', () => {
  test('is woken by the end, and reads again before answering', async () => {
    const clock = manualClock();
    const waiters = createWaiters(clock, 10);
    const thing = aThing();
    const answer = waiters.await('id', thing.asking(60));
    await clock.advance(0);
    thing.end();
    waiters.notify('id');
    assert.equal(await answer, true);
    assert.equal(waiters.size, 0);
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });

  test('does not miss an end that comes while it reads for the first time', async () => {
    const clock = manualClock();
    const waiters = createWaiters(clock, 10);
    const thing = aThing();
    const first = Promise.withResolvers<boolean>();
    const answer = waiters.await('id', {
      ...thing.asking(60),
      read: () => (thing.reads() === 0 ? slowRead() : thing.asking(60).read()),
    });
    function slowRead() {
      void thing.asking(60).read();
      return first.promise;
    }
    await clock.advance(0);
    thing.end();
    waiters.notify('id');
    first.resolve(false);
    assert.equal(await answer, true);
  });

  test('finds an end that nobody told of, by looking once a second', async () => {
    const clock = manualClock();
    const waiters = createWaiters(clock, 10);
    const thing = aThing();
    const answer = waiters.await('id', thing.asking(60));
    await clock.advance(0);
    thing.end();
    await clock.advance(1_000);
    assert.equal(await answer, true);
  });

  test('gets what there is when the time is up, or when the caller has gone', async () => {
    for (const leave of ['time', 'abort'] as const) {
      const clock = manualClock();
      const waiters = createWaiters(clock, 10);
      const gone = new AbortController();
      const answer = waiters.await('id', aThing().asking(5, gone.signal));
      await clock.advance(0);
      if (leave === 'abort') gone.abort();
      await clock.advance(leave === 'time' ? 5_000 : 0);
      assert.equal(await answer, false, leave);
      assert.equal(waiters.size, 0);
    }
  });

  test('is refused when too many wait', async () => {
    const clock = manualClock();
    const waiters = createWaiters(clock, 1);
    const thing = aThing();
    const first = waiters.await('a', thing.asking(60));
    await clock.advance(0);
    await assert.rejects(waiters.await('b', thing.asking(60)), OverloadedError);
    thing.end();
    waiters.notify('a');
    await first;
  });
});
