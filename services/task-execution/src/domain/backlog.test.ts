import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog } from './backlog.ts';
import { partitionKey } from './partition.ts';

const partition = (type: string, queue = 'q', definition = '') => ({ tenantId: 't', queue, type, definition });
const everything = () => true;
const types = (partitions: readonly { type: string }[]) => partitions.map(({ type }) => type);

test('a partition that a claim found empty is left out until work arrives', () => {
  const backlog = new Backlog();
  backlog.add(partition('x'));
  backlog.emptied(backlog.nextFor(everything, 10));
  assert.equal(backlog.size, 0);
  backlog.add(partition('x'));
  assert.deepEqual(types(backlog.nextFor(everything, 10)), ['x']);
});

test('given work arrives while a claim looks, then its finding nothing does not hide that work', () => {
  const backlog = new Backlog();
  backlog.add(partition('x'));
  const seen = backlog.nextFor(everything, 10);
  backlog.add(partition('x'));
  backlog.emptied(seen);
  assert.equal(backlog.size, 1);
});

test('partitions take turns: the one that was served last comes last', () => {
  const backlog = new Backlog();
  for (const type of ['x', 'y', 'z']) backlog.add(partition(type));
  backlog.served([partitionKey(partition('x'))]);
  assert.deepEqual(types(backlog.nextFor(everything, 10)), ['y', 'z', 'x']);
  backlog.served([partitionKey(partition('y'))]);
  assert.deepEqual(types(backlog.nextFor(everything, 10)), ['z', 'x', 'y']);
});

test('partitions of a full queue are set aside until one of its tasks ends', () => {
  const backlog = new Backlog();
  backlog.add(partition('x', 'narrow'));
  backlog.setLimitedQueues([{ tenantId: 't', name: 'narrow' }]);
  backlog.emptied(backlog.nextFor(everything, 10));
  assert.equal(backlog.size, 0);
  assert.equal(backlog.release('t', 'other'), false);
  assert.equal(backlog.release('t', 'narrow'), true);
  assert.equal(backlog.size, 1);
});

test('the backlog is short while claims come to their end, even when work arrived since', () => {
  const backlog = new Backlog();
  assert.equal(backlog.isShort, false);
  backlog.add(partition('x'));
  assert.equal(backlog.isShort, true);

  const seen = backlog.nextFor(everything, 10);
  backlog.stillLong(seen);
  assert.equal(backlog.isShort, false);

  backlog.add(partition('x'));
  backlog.emptied(seen);
  assert.equal(backlog.size, 1);
  assert.equal(backlog.isShort, true);
});

test('one long partition is enough not to be short', () => {
  const backlog = new Backlog();
  backlog.add(partition('x'));
  backlog.add(partition('y'));
  backlog.stillLong(backlog.nextFor(({ type }) => type === 'x', 10));
  assert.equal(backlog.isShort, false);
});

test('names that contain each other do not share a partition', () => {
  const keys = [
    partition('bc', 'a'),
    partition('c', 'ab'),
    partition('c', 'a', 'b'),
    partition('c', 'a'),
    partition('', 'a', 'c'),
  ].map(partitionKey);
  assert.equal(new Set(keys).size, keys.length);
});

test('versions of one definition wait in partitions of their own', () => {
  const backlog = new Backlog();
  for (const definition of ['orders@1', 'orders@2', '']) backlog.add(partition('x', 'q', definition));
  const seen = backlog.nextFor(({ definition }) => definition === 'orders@2', 10);
  assert.equal(backlog.size, 3);
  assert.deepEqual(
    seen.map(({ definition }) => definition),
    ['orders@2'],
  );
  backlog.emptied(seen);
  assert.equal(backlog.size, 2);
});
