import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeatWhileFull } from './repeat-while-full.ts';

/** Steps that find so much, one after the other. */
function steps(...found: number[]) {
  const left = [...found];
  return { left, step: () => Promise.resolve(left.shift() ?? assert.fail('one step too many')) };
}

test('goes on until a step finds nothing, and adds up', async () => {
  assert.equal(await repeatWhileFull(new AbortController().signal, steps(3, 1, 2, 0).step), 6);
});

test('a step that finds less than it may take is the last one', async () => {
  assert.equal(await repeatWhileFull(new AbortController().signal, steps(5, 5, 4).step, 5), 14);
});

test('once aborted, no further step is taken', async () => {
  const abort = new AbortController();
  const { left, step } = steps(2, 2, 2, 2);
  const aborting = () => {
    if (left.length === 2) abort.abort();
    return step();
  };
  assert.equal(await repeatWhileFull(abort.signal, aborting), 6);
  assert.deepEqual(left, [2]);
  assert.equal(await repeatWhileFull(abort.signal, aborting), 0);
});
