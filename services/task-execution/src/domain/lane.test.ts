import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlogs, laneKey } from './lane.ts';

const lane = (type: string, queue = 'q', definition = '') => ({ tenantId: 't', queue, type, definition });
const everything = () => true;
const types = (lanes: readonly { type: string }[]) => lanes.map(({ type }) => type);
const unlimited = () => false;

test('a lane that a claim found empty is left out until work arrives', () => {
  const backlogs = new Backlogs();
  backlogs.add(lane('x'));
  backlogs.emptied(backlogs.turnOf(everything, 10), unlimited);
  assert.equal(backlogs.size, 0);
  backlogs.add(lane('x'));
  assert.deepEqual(types(backlogs.turnOf(everything, 10)), ['x']);
});

test('given work arrives while a claim looks, then its finding nothing does not hide that work', () => {
  const backlogs = new Backlogs();
  backlogs.add(lane('x'));
  const seen = backlogs.turnOf(everything, 10);
  backlogs.add(lane('x'));
  backlogs.emptied(seen, unlimited);
  assert.equal(backlogs.size, 1);
});

test('lanes take turns: the one that was served last comes last', () => {
  const backlogs = new Backlogs();
  for (const type of ['x', 'y', 'z']) backlogs.add(lane(type));
  backlogs.served([laneKey(lane('x'))]);
  assert.deepEqual(types(backlogs.turnOf(everything, 10)), ['y', 'z', 'x']);
  backlogs.served([laneKey(lane('y'))]);
  assert.deepEqual(types(backlogs.turnOf(everything, 10)), ['z', 'x', 'y']);
});

test('lanes of a full queue are set aside until one of its tasks ends', () => {
  const backlogs = new Backlogs();
  backlogs.add(lane('x', 'narrow'));
  backlogs.emptied(backlogs.turnOf(everything, 10), ({ queue }) => queue === 'narrow');
  assert.equal(backlogs.size, 0);
  assert.equal(backlogs.release('t', 'other'), false);
  assert.equal(backlogs.release('t', 'narrow'), true);
  assert.equal(backlogs.size, 1);
});

test('lines are short while claims come to their end, even when work arrived since', () => {
  const backlogs = new Backlogs();
  assert.equal(backlogs.isShort, false);
  backlogs.add(lane('x'));
  assert.equal(backlogs.isShort, true);

  const seen = backlogs.turnOf(everything, 10);
  backlogs.stillLong(seen);
  assert.equal(backlogs.isShort, false);

  backlogs.add(lane('x'));
  backlogs.emptied(seen, unlimited);
  assert.equal(backlogs.size, 1);
  assert.equal(backlogs.isShort, true);
});

test('one long line is enough not to be short', () => {
  const backlogs = new Backlogs();
  backlogs.add(lane('x'));
  backlogs.add(lane('y'));
  backlogs.stillLong(backlogs.turnOf(({ type }) => type === 'x', 10));
  assert.equal(backlogs.isShort, false);
});

test('names that contain each other do not share a lane', () => {
  const keys = [lane('bc', 'a'), lane('c', 'ab'), lane('c', 'a', 'b'), lane('c', 'a'), lane('', 'a', 'c')].map(laneKey);
  assert.equal(new Set(keys).size, keys.length);
});

test('versions of one definition wait in lanes of their own', () => {
  const backlogs = new Backlogs();
  for (const definition of ['orders@1', 'orders@2', '']) backlogs.add(lane('x', 'q', definition));
  const seen = backlogs.turnOf(({ definition }) => definition === 'orders@2', 10);
  assert.equal(backlogs.size, 3);
  assert.deepEqual(
    seen.map(({ definition }) => definition),
    ['orders@2'],
  );
  backlogs.emptied(seen, unlimited);
  assert.equal(backlogs.size, 2);
});
