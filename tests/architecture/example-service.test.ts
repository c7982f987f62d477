import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listFiles, repositoryRoot } from '../../scripts/files/list-files.ts';

/** A service is mostly its own business: what every other one would repeat belongs into the kit. */
const maxLines = 400;

const own = /^examples\/(?:services|contracts)\/task-counts\/.*\.(?:ts|sql)$/;
const isWritten = (path: string): boolean => own.test(path) && !/\.test\.ts$|\/testing\/|\.generated\.ts$/.test(path);

test(`the service that new ones are copied from has fewer than ${maxLines} lines of its own`, () => {
  const files = listFiles().filter(isWritten);
  const lines = files.map((path) => readFileSync(join(repositoryRoot, path), 'utf8').split('\n').length - 1);
  const sum = lines.reduce((total, each) => total + each, 0);
  assert.ok(files.length > 10, `${files.length} files seen`);
  assert.ok(sum < maxLines, `${sum} lines`);
});
