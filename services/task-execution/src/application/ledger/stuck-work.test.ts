import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { StuckWork } from './stuck-work.ts';

function scene(max = 10) {
  const clock = manualClock();
  return { clock, stuck: new StuckWork(clock, max) };
}

test('what is stuck is left alone for a minute, and then tried again', async () => {
  const { clock, stuck } = scene();
  stuck.add('a', new Error('refused'));
  await clock.advance(59_999);
  assert.deepEqual([stuck.has('a'), stuck.ids()], [true, ['a']]);
  await clock.advance(1);
  assert.deepEqual([stuck.has('a'), stuck.ids(), stuck.size], [false, [], 1]);
});

test('it is news once, however often a try fails, and trouble since the first', async () => {
  const { clock, stuck } = scene();
  const since = clock.now();
  assert.equal(stuck.add('a', new Error('refused')), true);
  await clock.advance(60_000);
  assert.equal(stuck.add('a', new Error('refused')), false);
  assert.equal(stuck.add('b', new Error('other')), true);
  const reason = '2 can neither be carried on nor ended, such as a: refused';
  assert.deepEqual(stuck.trouble(), { since, reason });
});

test('what did not come back from its next try is no trouble any more', async () => {
  const { clock, stuck } = scene();
  stuck.add('a', new Error('refused'));
  await clock.advance(119_999);
  assert.equal(stuck.trouble() === undefined, false);
  await clock.advance(1);
  assert.deepEqual([stuck.trouble(), stuck.size], [undefined, 0]);
});

test('more than may be remembered: the one tried longest ago is tried again', () => {
  const { stuck } = scene(2);
  for (const id of ['a', 'b', 'a', 'c']) stuck.add(id, new Error('refused'));
  assert.deepEqual(stuck.ids(), ['a', 'c']);
});
