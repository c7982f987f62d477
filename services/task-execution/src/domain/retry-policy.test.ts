import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffMs, defaultRetryPolicy } from './retry-policy.ts';
import type { RetryPolicy } from './work.ts';

const exact: RetryPolicy = { maxAttempts: 10, backoff: 'exponential', initialMs: 100, maxMs: 1_000, jitter: 'none' };

test('an exponential pause doubles up to its cap', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(exact, attempt, 0.5)),
    [100, 200, 400, 800, 1_000, 1_000],
  );
});

test('a linear pause grows by its first one, a fixed one stays', () => {
  const pauses = (backoff: 'linear' | 'fixed') =>
    [1, 2, 3].map((attempt) => backoffMs({ ...exact, backoff }, attempt, 0));
  assert.deepEqual(pauses('linear'), [100, 200, 300]);
  assert.deepEqual(pauses('fixed'), [100, 100, 100]);
});

test('full jitter reaches from nothing to the whole pause, equal jitter from its half', () => {
  const span = (jitter: 'full' | 'equal') =>
    [0, 0.5, 0.999].map((chance) => backoffMs({ ...exact, jitter }, 4, chance));
  assert.deepEqual(span('full'), [0, 400, 799]);
  assert.deepEqual(span('equal'), [400, 600, 800]);
});

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 1_000 }),
  backoff: fc.constantFrom('exponential', 'linear', 'fixed'),
  initialMs: fc.integer({ min: 0, max: 86_400_000 }),
  maxMs: fc.integer({ min: 0, max: 86_400_000 }),
  jitter: fc.constantFrom('none', 'full', 'equal'),
});
const attempts = fc.integer({ min: 1, max: 1_000 });
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('whatever the policy: a pause is a whole number of milliseconds between nothing and the cap', () => {
  fc.assert(
    fc.property(policies, attempts, chances, (policy, attempt, chance) => {
      const pause = backoffMs(policy, attempt, chance);
      assert.ok(Number.isSafeInteger(pause) && pause >= 0 && pause <= policy.maxMs, String(pause));
    }),
  );
});

test('whatever the policy: without jitter a later attempt never waits shorter', () => {
  fc.assert(
    fc.property(policies, attempts, (policy, attempt) => {
      const steady = { ...policy, jitter: 'none' } as const;
      assert.ok(backoffMs(steady, attempt + 1, 0) >= backoffMs(steady, attempt, 0));
    }),
  );
});

test('whatever the policy: jitter never makes a pause longer, and equal jitter never shorter than half', () => {
  fc.assert(
    fc.property(policies, attempts, chances, (policy, attempt, chance) => {
      const whole = backoffMs({ ...policy, jitter: 'none' }, attempt, chance);
      assert.ok(backoffMs({ ...policy, jitter: 'full' }, attempt, chance) <= whole);
      const equal = backoffMs({ ...policy, jitter: 'equal' }, attempt, chance);
      assert.ok(equal <= whole && equal >= Math.floor(whole / 2));
    }),
  );
});

test('a task without a policy is tried three times', () => {
  assert.equal(defaultRetryPolicy.maxAttempts, 3);
});
