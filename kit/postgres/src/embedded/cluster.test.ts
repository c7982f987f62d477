import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@taskflow/kit-testing';
import { writeOwned } from './cluster.ts';

test('a file is written whole and for its owner alone', () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'settings');
  writeOwned(path, 'old', undefined);
  writeOwned(path, 'new', undefined);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(directory), ['settings']);
});

test('what cannot be written leaves no draft behind', () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'settings'));
  assert.throws(() => writeOwned(join(directory, 'settings'), 'new', undefined));
  assert.deepEqual(readdirSync(directory), ['settings']);
});
