import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { systemClock } from './clock.ts';

const day = 86_400_000;

/** Timers that the test fires; each with the time that Node was asked for. */
function timers(t: TestContext): { asked: number[]; fire: () => void } {
  const asked: number[] = [];
  let now = 0;
  let due: { at: number; run: () => void } | undefined;
  t.mock.method(performance, 'now', () => now);
  t.mock.method(globalThis, 'setTimeout', (run: () => void, ms: number) => {
    asked.push(ms);
    due = { at: now + ms, run };
    return { unref: () => {} };
  });
  const fire = () => {
    const timer = due;
    due = undefined;
    now = timer?.at ?? now;
    timer?.run();
  };
  return { asked, fire };
}

it('calls back and wakes up after a span that is longer than a timer of Node', async (t) => {
  const { asked, fire } = timers(t);
  let called = 0;
  systemClock.after(60 * day, () => {
    called += 1;
  });
  fire();
  fire();
  assert.equal(called, 0);
  fire();
  assert.equal(called, 1);
  const slept = systemClock.sleep(30 * day);
  fire();
  fire();
  await slept;
  assert.ok(asked.every((ms) => ms < 2 ** 31));
  assert.equal(
    asked.reduce((sum, ms) => sum + ms),
    90 * day,
  );
});
