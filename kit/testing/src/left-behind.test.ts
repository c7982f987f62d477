import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { abandonCluster, isSameProcess, processStamp } from './left-behind.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('a stamp names this process, and not a later one with its number', () => {
  assert.equal(isSameProcess(processStamp(process.pid)), true);
  assert.equal(isSameProcess(`${process.pid} 1`), false);
  assert.equal(isSameProcess('4194304 1'), false);
});

test('a cluster whose server is gone is removed, and a process that got its number is left alone', () => {
  const home = temporaryDirectory();
  mkdirSync(join(home, 'cluster'));
  writeFileSync(join(home, 'cluster', 'postmaster.pid'), `${process.pid}\n`);
  abandonCluster(home);
  assert.equal(existsSync(home), false);
});
