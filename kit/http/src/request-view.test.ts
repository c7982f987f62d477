import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestView } from './request-view.ts';

const viewOf = (prefer: string | undefined) =>
  new RequestView(
    { params: {}, query: {}, body: undefined, headers: { prefer }, requestId: 'r' } as never,
    () => new AbortController().signal,
  );

test('a preference to wait is whole seconds, however it is written, and a minute at most', () => {
  const waits = (prefer: string | undefined) => viewOf(prefer).waitSeconds;
  for (const prefer of ['wait=7', 'WAIT = 7', '"x", wait=7', 'wait="7"', 'return=minimal; wait=7, x', 'wait=7;q=1']) {
    assert.equal(waits(prefer), 7, prefer);
  }
  assert.deepEqual([waits('wait=0'), waits('wait=61'), waits(`wait=${'9'.repeat(400)}`)], [0, 60, 60]);
  for (const prefer of [
    undefined,
    '',
    'wait',
    'wait=',
    'wait=1e9',
    'wait=1.5',
    'wait=-1',
    'wait="7',
    'await=7',
    'wait=7s',
  ]) {
    assert.equal(waits(prefer), undefined, prefer);
  }
});

test('a minimal answer is asked for by its name', () => {
  const minimal = (prefer: string) => viewOf(prefer).wantsMinimal;
  assert.deepEqual(['return=minimal', 'wait=1, return="minimal"'].map(minimal), [true, true]);
  assert.deepEqual(['', 'return=minimally', 'return=representation'].map(minimal), [false, false, false]);
});
