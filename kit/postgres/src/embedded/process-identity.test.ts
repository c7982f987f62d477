import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { eventually, temporaryDirectory } from '@taskflow/kit-testing';
import { isRunning, isSameProcess, processStamp, runsIn } from './process-identity.ts';

test('a stamp names this process, and not a later one with its number', () => {
  assert.equal(isSameProcess(processStamp(process.pid)), true);
  assert.equal(isSameProcess(`${process.pid} 1`), false);
  assert.equal(isSameProcess('4194304 1'), false);
});

const withProc = process.platform === 'linux';

if (withProc)
  test('a process that ended and that nobody waited for does not run', async () => {
    // The shell becomes a program that never waits for the child that it has by then: the child lives until it did.
    const parent = spawn('sh', ['-c', 'cat <&3 >&2 & echo $!; exec tail -f /dev/null'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    try {
      const [pid] = await once(parent.stdout as Readable, 'data');
      await eventually(() => readFileSync(`/proc/${parent.pid}/cmdline`, 'utf8').startsWith('tail'));
      (parent.stdio[3] as Writable).end();
      await eventually(() => !isRunning(Number(String(pid))));
      assert.doesNotThrow(() => process.kill(Number(String(pid)), 0), 'its number is still taken');
    } finally {
      parent.kill('SIGKILL');
    }
  });

if (withProc)
  test('a process is told from another one by the directory in which it runs', async () => {
    const [here, elsewhere] = [temporaryDirectory(), temporaryDirectory()];
    const child = spawn('tail', ['-f', '/dev/null'], { cwd: here, stdio: 'ignore' });
    await once(child, 'spawn');
    try {
      assert.deepEqual([runsIn(child.pid ?? 0, here), runsIn(child.pid ?? 0, elsewhere)], [true, false]);
    } finally {
      child.kill('SIGKILL');
    }
    await once(child, 'exit');
    assert.equal(runsIn(child.pid ?? 0, here), false);
  });
