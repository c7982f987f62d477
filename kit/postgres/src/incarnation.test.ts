import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerRuns } from './incarnation.ts';

test('the first run is no change, the same run neither, another one is told to all', () => {
  const runs = new ServerRuns();
  const reported: string[] = [];
  runs.onChange(() => reported.push(`first ${runs.epoch}`));
  runs.onChange(() => reported.push(`second ${runs.epoch}`));
  assert.deepEqual([runs.observe('a'), runs.observe('a'), runs.epoch], [false, false, 0]);
  assert.deepEqual([runs.observe('b'), runs.epoch], [true, 1]);
  assert.deepEqual(
    reported,
    ['first 1', 'second 1'],
    'told in the new epoch, so that what is read again belongs to it',
  );
});

test('who ended its subscription is told no more, though another holds the same function', () => {
  const runs = new ServerRuns();
  let reported = 0;
  const listener = () => {
    reported += 1;
  };
  const end = runs.onChange(listener);
  runs.onChange(listener);
  end();
  runs.observe('a');
  runs.observe('b');
  assert.equal(reported, 1);
});

test('a run is not accepted before every listener has dropped what it held', () => {
  const runs = new ServerRuns();
  let failures = 2;
  runs.onChange(() => {
    if (failures > 0) {
      failures -= 1;
      throw new Error('cannot drop');
    }
  });
  runs.observe('a');
  assert.throws(() => runs.observe('b'), /cannot drop/);
  assert.throws(() => runs.observe('b'), /cannot drop/);
  assert.equal(runs.observe('b'), true);
  assert.equal(runs.observe('b'), false);
});
