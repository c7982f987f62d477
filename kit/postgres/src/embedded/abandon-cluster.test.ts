import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@taskflow/kit-testing';
import { abandonCluster } from './abandon-cluster.ts';

test('a cluster whose server is gone is removed, and a process that got its number is left alone', () => {
  const home = temporaryDirectory();
  mkdirSync(join(home, 'cluster'));
  writeFileSync(join(home, 'cluster', 'postmaster.pid'), `${process.pid}\n${home}\n1\n5432\n`);
  abandonCluster(home);
  assert.equal(existsSync(home), false);
});

const withProc = process.platform === 'linux';

if (withProc)
  test('a program that was about to make the cluster is ended with it', async () => {
    const home = temporaryDirectory();
    mkdirSync(join(home, 'draft'));
    const maker = spawn('tail', ['-f', '/dev/null'], { cwd: join(home, 'draft'), stdio: 'ignore' });
    await once(maker, 'spawn');
    abandonCluster(home);
    await once(maker, 'exit');
    assert.deepEqual([maker.signalCode, existsSync(home)], ['SIGKILL', false]);
  });
