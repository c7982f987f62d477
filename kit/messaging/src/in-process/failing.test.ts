import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '@taskflow/kit-telemetry';
import { manualClock } from '@taskflow/kit-testing';
import { Failing } from './failing.ts';

function scene() {
  const reported: string[] = [];
  const report = (_fields: unknown, text: string) => reported.push(text);
  const log = { warn: report, error: report, fatal: report, info: report } as unknown as Log;
  const clock = manualClock();
  return { clock, reported, failing: new Failing(clock, log) };
}

test('the log is told of the first failure, of each other reason, and of the end', () => {
  const { reported, failing } = scene();
  for (const reason of ['a', 'a', 'a', 'a', 'b', 'b']) failing.repeat(new Error(reason), 1, 0);
  failing.end();
  failing.end();
  const failed = 'Delivery failed and is tried again';
  assert.deepEqual(reported, [failed, failed, 'Delivery goes on']);
});

test('it fails since the first failure or stand-still, whatever followed, and halts for the last reason', async () => {
  const { clock, failing } = scene();
  const failingSince = clock.now();
  failing.stall('stands', 3);
  await clock.advance(10);
  failing.repeat(new Error('a\nsecond line'), 4, 0);
  const lastError = { message: 'a', seq: 4 };
  assert.deepEqual(failing.state as unknown, { failingSince, lastError, repeats: 1, haltedBecause: undefined });
  failing.halt(new Error('b'), 5);
  const halted = { message: 'b', seq: 5 };
  assert.deepEqual(failing.state as unknown, { failingSince, lastError: halted, repeats: 2, haltedBecause: 'b' });
  failing.resume();
  const again = { failingSince, lastError: halted, repeats: 2, haltedBecause: undefined };
  assert.deepEqual(failing.state as unknown, again);
  failing.end();
  const well = { failingSince: undefined, lastError: undefined, repeats: 0, haltedBecause: undefined };
  assert.deepEqual(failing.state as unknown, well);
});
