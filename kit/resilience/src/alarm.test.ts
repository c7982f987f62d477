import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { Alarm } from './alarm.ts';

function scene() {
  const clock = manualClock();
  const begun = clock.monotonic();
  const rings: number[] = [];
  return { clock, rings, alarm: new Alarm(clock, () => void rings.push(clock.monotonic() - begun)) };
}

test('rings once the moment is over, at the earliest of those that were set', async () => {
  const { clock, rings, alarm } = scene();
  alarm.setIn(5_000);
  alarm.setIn(1_000);
  alarm.setIn(3_000);
  assert.equal(clock.pending, 1);
  await clock.advance(10_000);
  assert.deepEqual(rings, [1_001]);
});

test('can be set anew when it has rung', async () => {
  const { clock, rings, alarm } = scene();
  alarm.setIn(1_000);
  await clock.advance(1_001);
  alarm.setIn(2_000);
  await clock.advance(10_000);
  assert.deepEqual(rings, [1_001, 3_002]);
});

test('what is over already rings in a moment, and a part of a millisecond counts as a whole one', async () => {
  const { clock, rings, alarm } = scene();
  alarm.setIn(-7);
  await clock.advance(1);
  alarm.setIn(0.2);
  await clock.advance(10);
  assert.deepEqual(rings, [1, 3]);
});

test('is not set to what is further away than a minute, or never', () => {
  const { clock, alarm } = scene();
  for (const ms of [60_001, Number.POSITIVE_INFINITY]) alarm.setIn(ms);
  assert.equal(clock.pending, 0);
  alarm.setIn(60_000);
  assert.equal(clock.pending, 1);
});

test('switched off, it never rings and cannot be set', async () => {
  const { clock, rings, alarm } = scene();
  alarm.setIn(1_000);
  alarm.switchOff();
  alarm.setIn(10);
  assert.equal(clock.pending, 0);
  await clock.advance(10_000);
  assert.deepEqual(rings, []);
});
