import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from './manual-clock.ts';

test('timers run in order, each at its own moment, and may start others', async () => {
  const clock = manualClock(0);
  const seen: [string, number][] = [];
  clock.after(20, () => seen.push(['late', clock.monotonic()]));
  clock.after(10, () => {
    seen.push(['early', clock.monotonic()]);
    clock.after(5, () => seen.push(['nested', clock.monotonic()]));
  });
  await clock.advance(30);
  assert.deepEqual(seen, [
    ['early', 10],
    ['nested', 15],
    ['late', 20],
  ]);
  assert.equal(clock.now(), 30);
});

test('a sleep resolves when its time has come', async () => {
  const clock = manualClock();
  let awake = false;
  void clock.sleep(10).then(() => {
    awake = true;
  });
  await clock.advance(9);
  assert.equal(awake, false);
  await clock.advance(1);
  assert.equal(awake, true);
});

test('an aborted sleep rejects and leaves no timer', async () => {
  const clock = manualClock();
  const abort = new AbortController();
  const sleeping = clock.sleep(10, abort.signal);
  abort.abort(new Error('enough'));
  await assert.rejects(sleeping, /enough/);
  assert.equal(clock.pending, 0);
});

test('the wall clock jumps without moving spans', async () => {
  const clock = manualClock(1_000);
  clock.jumpTo(50);
  assert.equal(clock.now(), 50);
  assert.equal(clock.monotonic(), 0);
  await clock.advance(5);
  assert.equal(clock.now(), 55);
});

test('a leap runs what it passed over once, on arrival, and leaves what that starts to its own time', async () => {
  const clock = manualClock(0);
  const seen: [string, number][] = [];
  const tick = () => {
    seen.push(['tick', clock.monotonic()]);
    clock.after(10, tick);
  };
  clock.after(10, tick);
  clock.after(105, () => seen.push(['soon', clock.monotonic()]));
  clock.after(106, () => seen.push(['later', clock.monotonic()]));
  await clock.leap(100, 5);
  assert.deepEqual(seen, [
    ['tick', 100],
    ['soon', 100],
  ]);
  assert.equal(clock.nextDueMs, 6);
  assert.equal(clock.now(), 100);
});
