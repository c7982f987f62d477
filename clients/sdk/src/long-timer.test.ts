import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { systemClock } from './worker/worker-clock.ts';
import { callAfter, deadlineSignal } from './long-timer.ts';

const day = 86_400_000;

/** Timers that the test fires; each with the time that Node was asked for. */
function timers(t: TestContext): { readonly asked: number[]; fire(): void } {
  const asked: number[] = [];
  let now = 0;
  let due: { readonly at: number; readonly run: () => void } | undefined;
  t.mock.method(performance, 'now', () => now);
  t.mock.method(globalThis, 'setTimeout', (run: () => void, ms: number) => {
    asked.push(ms);
    due = { at: now + ms, run };
    return due;
  });
  t.mock.method(globalThis, 'clearTimeout', () => {
    due = undefined;
  });
  return {
    asked,
    fire() {
      const timer = due;
      due = undefined;
      now = timer?.at ?? now;
      timer?.run();
    },
  };
}

describe('a timer that is longer than Node can hold', () => {
  for (const [name, after] of [
    ['callAfter', callAfter],
    ['the clock of a worker', systemClock.after],
  ] as const) {
    it(`fires when its time has come, and not before: ${name}`, (t) => {
      const { asked, fire } = timers(t);
      let fired = 0;
      after(60 * day, () => {
        fired += 1;
      });
      fire();
      fire();
      assert.equal(fired, 0);
      fire();
      assert.equal(fired, 1);
      assert.ok(asked.every((ms) => ms < 2 ** 31));
      assert.equal(
        asked.reduce((sum, ms) => sum + ms),
        60 * day,
      );
    });
  }

  it('is taken back at any time', (t) => {
    const { fire } = timers(t);
    const { signal, stop } = deadlineSignal(60 * day);
    fire();
    stop();
    fire();
    fire();
    assert.equal(signal.aborted, false);
  });

  it('aborts a signal', (t) => {
    const { fire } = timers(t);
    const { signal } = deadlineSignal(30 * day);
    fire();
    assert.equal(signal.aborted, false);
    fire();
    assert.equal(Reflect.get(signal.reason as object, 'name'), 'TimeoutError');
  });
});
