import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { Duty, reasonOf } from './duty.ts';

test('failures that follow each other are trouble since the first of them, until one succeeds', async () => {
  const clock = manualClock();
  const duty = new Duty(clock);
  const begun = clock.now();
  for (let failure = 1; failure <= 3; failure += 1) {
    assert.equal(duty.trouble(), undefined);
    duty.failed(new Error(`for the ${failure}.`));
    await clock.advance(1_000);
  }
  assert.deepEqual(duty.trouble(), { since: begun, reason: 'for the 3.' });
  assert.deepEqual([duty.done(), duty.done(), duty.trouble()], [3, 0, undefined]);
});

test('each reason is news once, until one succeeds', () => {
  const duty = new Duty(manualClock());
  const news = ['a', 'a', 'b', 'b', 'a'].map((reason) => duty.failed(new Error(reason)));
  assert.deepEqual(news, [true, false, true, false, false]);
  duty.done();
  assert.equal(duty.failed(new Error('a')), true);
});

test('a reason that never repeats is told a few times all the same', () => {
  const duty = new Duty(manualClock());
  const news = Array.from({ length: 100 }, (_, n) => duty.failed(new Error(`${n} are in the way`)));
  assert.equal(news.filter(Boolean).length, 5);
});

test('a server that comes or goes is one reason', () => {
  const duty = new Duty(manualClock());
  const away = [undefined, '57P01', '57P02', '57P03', undefined].map((sqlstate) =>
    Object.assign(new Error(`as ${sqlstate} says it`), { code: 'unavailable', sqlstate }),
  );
  assert.deepEqual(
    away.map((error) => duty.failed(error)),
    [true, false, false, false, false],
  );
  assert.equal(duty.failed(Object.assign(new Error('canceled'), { code: 'unavailable', sqlstate: '57014' })), true);
});

test('a reason is one line without an address', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'unavailable' });
  assert.doesNotMatch(reasonOf(refused), /10\.0/);
  const full = Object.assign(new Error('No space left on device\nmore'), { code: 'unavailable', sqlstate: '53100' });
  assert.equal(reasonOf(full), 'No space left on device (SQLSTATE 53100)');
  assert.ok(reasonOf(new Error('x'.repeat(1_000))).length < 300);
});
