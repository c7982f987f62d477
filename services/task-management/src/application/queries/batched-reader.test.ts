import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReadSome } from '../ports/reading-store.ts';
import { type BatchKey, createBatchedReader } from './batched-reader.ts';

interface Value extends BatchKey {
  readonly text: string;
}

function aReader(options = { maxKeys: 3, maxInFlight: 1 }) {
  const batches: { keys: string[]; answer(covered?: number): void; fail(): void }[] = [];
  const arrivals: (() => void)[] = [];
  const reader = createBatchedReader<Value>((keys: readonly BatchKey[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<ReadSome<Value>>();
    batches.push({
      keys: keys.map(({ id }) => id),
      answer: (covered = keys.length) => {
        const found = keys.slice(0, covered).filter(({ id }) => id !== 'missing');
        resolve({ items: found.map((key) => ({ ...key, text: `value of ${key.id}` })), covered });
      },
      fail: () => reject(new Error('broken')),
    });
    arrivals.shift()?.();
    return promise;
  }, options);
  const nextBatch = async (index: number) => {
    while (batches.length <= index) await new Promise<void>((resolve) => arrivals.push(resolve));
    return batches[index] as (typeof batches)[number];
  };
  return { read: async (id: string) => (await reader.read('t', id))?.text, nextBatch };
}

describe('reads that come together', () => {
  test('go together, and those that come meanwhile form the next batch', async () => {
    const { read, nextBatch } = aReader();
    const [a, b] = [read('a'), read('b')];
    const first = await nextBatch(0);
    const c = read('c');
    first.answer();
    const second = await nextBatch(1);
    second.answer();
    assert.deepEqual([first.keys, second.keys], [['a', 'b'], ['c']]);
    assert.deepEqual(await Promise.all([a, b, c]), ['value of a', 'value of b', 'value of c']);
  });

  test('are split at the most keys', async () => {
    const { read, nextBatch } = aReader();
    const reads = ['a', 'b', 'c', 'd'].map(read);
    (await nextBatch(0)).answer();
    (await nextBatch(1)).answer();
    await Promise.all(reads);
    assert.deepEqual([(await nextBatch(0)).keys, (await nextBatch(1)).keys], [['a', 'b', 'c'], ['d']]);
  });

  test('that were not covered are read next, before those that came meanwhile', async () => {
    const { read, nextBatch } = aReader();
    const reads = ['a', 'missing', 'b'].map(read);
    const first = await nextBatch(0);
    const later = ['c', 'b', 'd'].map(read);
    first.answer(1);
    assert.equal(await reads[0], 'value of a');
    const second = await nextBatch(1);
    second.answer(2);
    assert.deepEqual(await Promise.all([...reads, later[1]]), ['value of a', undefined, 'value of b', 'value of b']);
    const third = await nextBatch(2);
    third.answer();
    assert.deepEqual(await Promise.all(later), ['value of c', 'value of b', 'value of d']);
    assert.deepEqual(
      [second.keys, third.keys],
      [
        ['missing', 'b', 'c'],
        ['c', 'd'],
      ],
    );
  });

  test('fail with the one that they wait for', async () => {
    const { read, nextBatch } = aReader();
    const reads = ['a', 'b'].map(read);
    const first = await nextBatch(0);
    const later = read('b');
    first.answer(1);
    await reads[0];
    (await nextBatch(1)).fail();
    for (const failing of [reads[1], later]) await assert.rejects(failing as Promise<unknown>, /broken/);
  });

  test('of one id are one read, but never one that began before the second asked', async () => {
    const { read, nextBatch } = aReader();
    const together = [read('a'), read('a')];
    const first = await nextBatch(0);
    const later = read('a');
    first.answer();
    (await nextBatch(1)).answer();
    await Promise.all([...together, later]);
    assert.deepEqual(first.keys, ['a']);
    assert.deepEqual((await nextBatch(1)).keys, ['a']);
  });

  test('give undefined for what does not exist, and fail together', async () => {
    const { read, nextBatch } = aReader();
    const missing = read('missing');
    (await nextBatch(0)).answer();
    assert.equal(await missing, undefined);
    const failing = read('a');
    (await nextBatch(1)).fail();
    await assert.rejects(failing, /broken/);
    const after = read('b');
    (await nextBatch(2)).answer();
    assert.equal(await after, 'value of b');
  });
});
