import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promisedLines } from './printed-lines.ts';

test('an example promises what its comments beside and below console.log say', () => {
  const example = [
    "import { z } from 'zod'; // no line",
    '// No line either.',
    'console.log(1 + 1); // 2',
    "console.log('a', 'b');",
    '// a b',
    'console.log(3);',
    'stop();',
    '// Not below one.',
  ];
  assert.deepEqual(promisedLines(example.join('\n')), ['2', 'a b']);
});
