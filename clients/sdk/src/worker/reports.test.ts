import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reports } from './reports.ts';

const taskId = '01932f5e-8c00-8a1c-9b7d-0f2e4d6c8b1a';
const lease = (n: number) => `7b0f2d6e-35c1-4c6e-9a3b-${String(n).padStart(12, '0')}`;

function scene() {
  let ref = 0;
  const reports = new Reports(() => (ref += 1));
  const frames = () => [...reports.frames()].map((text) => ({ text, count: JSON.parse(text).items.length as number }));
  return { reports, frames };
}

test('reports leave in frames of a thousand, and of about a megabyte', () => {
  const { reports, frames } = scene();
  for (let n = 0; n < 2_001; n += 1) reports.complete(lease(n), taskId, '1');
  assert.deepEqual(
    frames().map(({ count }) => count),
    [1_000, 1_000, 1],
  );
  const result = JSON.stringify('r'.repeat(249_000));
  for (let n = 0; n < 10; n += 1) reports.complete(lease(n), taskId, result);
  const error = { code: 'x', message: 'm'.repeat(8_000), details: 'd'.repeat(14_000) };
  for (let n = 10; n < 100; n += 1) reports.fail({ lease: lease(n), taskId, error, class: 'retryable' });
  const large = frames();
  assert.deepEqual(
    large.map(({ count }) => count),
    [4, 4, 2, 45, 45],
  );
  assert.ok(large.every(({ text }) => text.length < 1_001_000));
});

test('a result that is larger than a frame of many leaves alone', () => {
  const { reports, frames } = scene();
  reports.complete(lease(1), taskId, '1');
  reports.complete(lease(2), taskId, JSON.stringify('r'.repeat(8_000_000)));
  reports.complete(lease(3), taskId, '1');
  assert.deepEqual(
    frames().map(({ count }) => count),
    [1, 1, 1],
  );
});
