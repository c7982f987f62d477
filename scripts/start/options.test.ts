import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArguments } from './options.ts';

const read = (...args: string[]) => readArguments(args);

test('definitions are the same whether a shell expands their pattern or nobody does', () => {
  const options = { port: '7500', dataDir: undefined, demo: true };
  assert.deepEqual(read('--definitions', './defs/*.ts', '--port', '7500'), {
    options: { ...options, definitions: ['./defs/*.ts'] },
  });
  assert.deepEqual(read('--definitions', './defs/a.ts', './defs/b.ts', '--port=7500', '--definitions=c.ts'), {
    options: { ...options, definitions: ['./defs/a.ts', 'c.ts', './defs/b.ts'] },
  });
});

test('a word that belongs to no option is refused', () => {
  assert.ok('problem' in read('defs/a.ts'));
  assert.ok('problem' in read('--definition', 'a.ts'));
  assert.ok('problem' in read('--port', 'abc'));
});
