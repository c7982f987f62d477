import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { DeadlineError, withDeadline } from './deadline.ts';

test('gives the value and leaves no timer', async () => {
  const clock = manualClock();
  assert.equal(await withDeadline(100, Promise.resolve(7), 'it', clock), 7);
  assert.equal(clock.pending, 0);
});

test('passes a rejection on and leaves no timer', async () => {
  const clock = manualClock();
  await assert.rejects(withDeadline(100, Promise.reject(new Error('no')), 'it', clock), /^Error: no$/);
  assert.equal(clock.pending, 0);
});

test('rejects at the deadline, with an unknown outcome', async () => {
  const clock = manualClock();
  const late = withDeadline(100, new Promise(() => undefined), 'the answer', clock);
  const seen = assert.rejects(late, (error: unknown) => {
    assert.ok(error instanceof DeadlineError);
    assert.equal(error.outcome, 'unknown');
    assert.match(error.message, /the answer did not finish within 100 ms/);
    return true;
  });
  await clock.advance(100);
  await seen;
});

test('a rejection after the deadline ends nothing', async () => {
  const clock = manualClock();
  let failLate: (error: Error) => void = () => undefined;
  const work = new Promise<never>((_, reject) => {
    failLate = reject;
  });
  const seen = assert.rejects(withDeadline(10, work, 'it', clock), DeadlineError);
  await clock.advance(10);
  await seen;
  failLate(new Error('late'));
  await clock.advance(0);
});
