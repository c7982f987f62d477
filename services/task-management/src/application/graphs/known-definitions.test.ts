import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKnownDefinitions, type KnownDefinition } from './known-definitions.ts';

const definition = (version: number, text = '{}'): KnownDefinition => ({
  name: 'd',
  version,
  stored: { hash: text, text, graph: undefined as never },
});

test('as many versions are kept as fit, and then all are dropped for the next', () => {
  const known = createKnownDefinitions({ knownVersions: 2, knownBytes: 1_000 });
  const has = () => [1, 2, 3].filter((version) => known.get('t', 'd', version) !== undefined);
  known.add('t', definition(1));
  known.add('t', definition(2));
  assert.deepEqual(has(), [1, 2]);
  known.add('t', definition(3));
  assert.deepEqual(has(), [3]);
});

test('their texts count, also after all were dropped', () => {
  const known = createKnownDefinitions({ knownVersions: 100, knownBytes: 25 });
  const has = () => [1, 2, 3, 4].filter((version) => known.get('t', 'd', version) !== undefined);
  for (const version of [1, 2]) known.add('t', definition(version, 'x'.repeat(10)));
  assert.deepEqual(has(), [1, 2]);
  known.add('t', definition(3, 'x'.repeat(10)));
  assert.deepEqual(has(), [3]);
  known.add('t', definition(4, 'x'.repeat(10)));
  assert.deepEqual(has(), [3, 4]);
});

test('a version that is forgotten is asked for again, and others are not', () => {
  const known = createKnownDefinitions();
  known.add('t', definition(1));
  known.add('t', definition(2));
  known.forget('t', 'd', 1);
  assert.deepEqual([known.get('t', 'd', 1), known.get('t', 'd', 2)?.version], [undefined, 2]);
  assert.equal(known.get('other', 'd', 2), undefined);
});
