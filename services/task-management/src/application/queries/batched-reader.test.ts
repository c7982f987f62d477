import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BatchKey, createBatchedReader, keyText } from './batched-reader.ts';

function aReader(options = { maxKeys: 3, maxInFlight: 1 }) {
  const batches: { keys: string[]; answer(): void; fail(): void }[] = [];
  const arrivals: (() => void)[] = [];
  const reader = createBatchedReader<string>((keys: readonly BatchKey[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<Map<string, string>>();
    batches.push({
      keys: keys.map(({ id }) => id),
      answer: () =>
        resolve(new Map(keys.filter(({ id }) => id !== 'missing').map((key) => [keyText(key), `value of ${key.id}`]))),
      fail: () => reject(new Error('broken')),
    });
    arrivals.shift()?.();
    return promise;
  }, options);
  const nextBatch = async (index: number) => {
    while (batches.length <= index) await new Promise<void>((resolve) => arrivals.push(resolve));
    return batches[index] as (typeof batches)[number];
  };
  return { read: (id: string) => reader.read('t', id), nextBatch };
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
