import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff } from './backoff.ts';

const bounds = { baseMs: 100, capMs: 1_000 };

test('doubles from the base to the cap', () => {
  const maxDelays = [1, 2, 3, 4, 5, 60].map((attempt) => backoff(attempt, bounds, { next: () => 1 }));
  assert.deepEqual(maxDelays, [100, 200, 400, 800, 1_000, 1_000]);
});

test('spreads over the upper half', () => {
  assert.equal(backoff(2, bounds, { next: () => 0 }), 100);
  assert.equal(backoff(2, bounds, { next: () => 0.5 }), 150);
});
