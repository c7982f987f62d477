import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLifecycle, type Service } from '@taskflow/kit-lifecycle';
import { tryStartsAndStops } from './start-stop-trials.ts';

/** Something with one thing to hold, while it is started. */
function opened() {
  const held = new Set<string>();
  const take = async () => {
    await Promise.resolve();
    held.add('it');
  };
  const giveBack = async () => {
    await Promise.resolve();
    held.delete('it');
  };
  return { held, take, giveBack, left: () => [...held] };
}

const refused = (make: (parts: ReturnType<typeof opened>) => Partial<Service>, reason: RegExp) =>
  assert.rejects(
    tryStartsAndStops(() => {
      const parts = opened();
      const whole = createLifecycle({ name: 'trial', start: parts.take, stop: parts.giveBack });
      return { service: { ...whole, ...make(parts) }, left: parts.left };
    }),
    reason,
  );

test('what keeps its promises passes, in the middle of something too', async () => {
  let engaged = 0;
  await tryStartsAndStops(() => {
    const { take, giveBack, left } = opened();
    const service = createLifecycle({ name: 'trial', start: take, stop: giveBack });
    return { service, left, engage: () => void (engaged += 1) };
  });
  assert.ok(engaged > 3, `in the middle of something ${engaged} times`);
});

test('a start that goes on behind the stop is found, by what it leaves', () =>
  refused(({ take, giveBack }) => {
    let started: Promise<void> | undefined;
    let stopped: Promise<void> | undefined;
    const start = () =>
      (started ??= stopped ? Promise.reject(Object.assign(new Error('over'), { code: 'stopped' })) : take().then(take));
    return { start, stop: () => (stopped ??= giveBack()) };
  }, /under start, stop: .*something is left/s));

test('what starts again after it was stopped is found', () =>
  refused(({ take, giveBack }) => {
    let started: Promise<void> | undefined;
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= Promise.resolve(started).then(giveBack));
    return { start: () => (started ??= take()), stop };
  }, /under stop, start, start: .*start\(\) after stop\(\)/s));

test('a second call that does something of its own is found', () =>
  refused(({ giveBack }) => ({ stop: giveBack }), /the second stop\(\) gives another promise/));

test('a stop that fails is found', () =>
  refused(() => {
    let stopped: Promise<void> | undefined;
    return { stop: () => (stopped ??= Promise.reject(new Error('held'))) };
  }, /stop\(\) rejects/));

test('a start that fails without a stop is found', () =>
  refused(() => {
    let started: Promise<void> | undefined;
    return { start: () => (started ??= Promise.reject(new Error('broken'))) };
  }, /broken/));
