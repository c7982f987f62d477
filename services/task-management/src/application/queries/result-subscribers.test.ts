import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import { manualClock } from '@taskflow/kit-testing';
import { createResultSubscribers } from './result-subscribers.ts';

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
    const subscribers = createResultSubscribers(clock, 10);
    const thing = aThing();
    const answer = subscribers.await('id', thing.asking(60));
    await clock.advance(0);
    thing.end();
    subscribers.notify('id');
    assert.equal(await answer, true);
    assert.equal(subscribers.size, 0);
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });

  test('does not miss an end that comes while it reads for the first time', async () => {
    const clock = manualClock();
    const subscribers = createResultSubscribers(clock, 10);
    const thing = aThing();
    const first = Promise.withResolvers<boolean>();
    const answer = subscribers.await('id', {
      ...thing.asking(60),
      read: () => (thing.reads() === 0 ? slowRead() : thing.asking(60).read()),
    });
    function slowRead() {
      void thing.asking(60).read();
      return first.promise;
    }
    await clock.advance(0);
    thing.end();
    subscribers.notify('id');
    first.resolve(false);
    assert.equal(await answer, true);
  });

  test('finds an end that nobody told of, by looking once a second', async () => {
    const clock = manualClock();
    const subscribers = createResultSubscribers(clock, 10);
    const thing = aThing();
    const answer = subscribers.await('id', thing.asking(60));
    await clock.advance(0);
    thing.end();
    await clock.advance(1_000);
    assert.equal(await answer, true);
  });

  test('gets what there is when the time is up, or when the caller has gone', async () => {
    for (const leave of ['time', 'abort'] as const) {
      const clock = manualClock();
      const subscribers = createResultSubscribers(clock, 10);
      const gone = new AbortController();
      const answer = subscribers.await('id', aThing().asking(5, gone.signal));
      await clock.advance(0);
      if (leave === 'abort') gone.abort();
      await clock.advance(leave === 'time' ? 5_000 : 0);
      assert.equal(await answer, false, leave);
      assert.equal(subscribers.size, 0);
    }
  });

  test('reads again when everything read before may be wrong', async () => {
    const clock = manualClock();
    const subscribers = createResultSubscribers(clock, 10);
    const [one, other] = [aThing(), aThing()];
    const answers = Promise.all([subscribers.await('a', one.asking(60)), subscribers.await('b', other.asking(60))]);
    await clock.advance(0);
    one.end();
    other.end();
    subscribers.notifyAll();
    assert.deepEqual(await answers, [true, true]);
  });

  test('goes on waiting while the database is away, and is told so only at the end', async () => {
    const clock = manualClock();
    const subscribers = createResultSubscribers(clock, 10);
    let isAway = true;
    const asking = (seconds: number) => ({
      ...aThing().asking(seconds),
      read: () => (isAway ? Promise.reject(new UnavailableError('away')) : Promise.resolve(true)),
    });
    const patient = subscribers.await('id', asking(60));
    const short = assert.rejects(subscribers.await('id', asking(2)), UnavailableError);
    await clock.advance(1_000);
    await clock.advance(1_000);
    await short;
    isAway = false;
    await clock.advance(1_000);
    assert.equal(await patient, true);
    await assert.rejects(
      subscribers.await('id', { ...asking(60), read: () => Promise.reject(new Error('broken')) }),
      /broken/,
    );
    assert.equal(subscribers.size, 0);
  });

  test('is refused when too many wait', async () => {
    const clock = manualClock();
    const subscribers = createResultSubscribers(clock, 1);
    const thing = aThing();
    const first = subscribers.await('a', thing.asking(60));
    await clock.advance(0);
    await assert.rejects(subscribers.await('b', thing.asking(60)), OverloadedError);
    thing.end();
    subscribers.notify('a');
    await first;
  });
});
