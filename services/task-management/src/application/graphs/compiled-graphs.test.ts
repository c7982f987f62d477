import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../infrastructure/crypto/sha256.ts';
import { createCompiledGraphs } from './compiled-graphs.ts';

const hashOf = (compiled: object) => ('hash' in compiled ? String(compiled.hash) : '');
const graphOf = (key: string, bytes: number) => ({ steps: [{ key, type: 'work', payload: 'x'.repeat(bytes) }] });

test('compiled graphs are bounded by their texts, too; the least recently used go first', () => {
  const graphs = createCompiledGraphs(250, sha256);
  const [a, b] = ['a', 'b'].map((key) => hashOf(graphs.compile(graphOf(key, 9_000))));
  assert.ok(graphs.known(a as string) && graphs.known(b as string));
  const c = hashOf(graphs.compile(graphOf('c', 9_000)));
  assert.equal(graphs.known(a as string), undefined);
  assert.ok(graphs.known(b as string) && graphs.known(c));
});
