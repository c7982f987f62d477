import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slowText } from './print-report.ts';
import { Slowest } from './slowest.ts';

const request = { route: 'GET /x', method: 'GET', path: '/x?y=1', headers: {}, body: 'text' };

test('the requests that took longest are kept, the slowest first, and no more than a few', () => {
  const slowest = new Slowest();
  for (const [number, ms] of [5, 90, 7, 300, 1, 80, 2, 60, 50, 40, 30, 20, 10, 70].entries()) {
    slowest.add({ number, ms, status: 200, request });
  }
  assert.deepEqual(
    slowest.all().map(({ ms }) => ms),
    [300, 90, 80, 70, 60, 50, 40, 30, 20, 10],
  );
  assert.equal(slowest.all()[0]?.number, 3);
});

test('a slow request is told so that it can be found again', () => {
  const line = slowText(7, { number: 12, ms: 1_499.6, status: 201, request });
  assert.equal(line, 'slow: 7/12, 1500 ms: 201 GET /x?y=1, body of 4');
});
