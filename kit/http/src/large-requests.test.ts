import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OverloadedError } from '@taskflow/kit-resilience';
import { LargeRequests } from './large-requests.ts';

const large = 16 * 1024;

describe('requests with large bodies', () => {
  it('go on one in each turn of the event loop, in the order in which they came', async () => {
    const requests = new LargeRequests();
    const wentOn: { request: number; at: number }[] = [];
    let loops = 0;
    let isOver = false;
    const count = () => {
      loops += 1;
      if (!isOver) setImmediate(count);
    };
    count();
    const goOn = async (request: number) => {
      await requests.turn(large);
      wentOn.push({ request, at: loops });
    };
    await Promise.all([1, 2, 3, 4].map(goOn));
    isOver = true;
    assert.deepEqual(
      wentOn.map(({ request }) => request),
      [1, 2, 3, 4],
    );
    for (const [i, { at }] of wentOn.entries()) {
      const before = wentOn[i - 1];
      if (before) assert.ok(at - before.at >= 2, `${at - before.at} turns of the loop between two of them`);
    }
  });

  it('hold up none with a small body', () => {
    const requests = new LargeRequests();
    void requests.turn(large);
    assert.equal(requests.turn(large - 1), undefined);
  });

  it('are refused once those that wait are too many bytes, and taken again when they have gone on', async () => {
    const requests = new LargeRequests(3 * large);
    const waiting = [1, 2, 3].map(async () => requests.turn(large));
    assert.throws(() => requests.turn(large), OverloadedError);
    await Promise.all(waiting);
    await requests.turn(3 * large);
  });

  it('are taken however large one alone is', async () => {
    await new LargeRequests(large).turn(2 * large);
  });
});
