import assert from 'node:assert/strict';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@taskflow/kit-testing';
import { disownLockFiles, readPostmaster } from './postmaster-file.ts';

const now = Date.parse('2026-01-02T03:04:05Z');
const text = (pid: number) => [pid, '/data', 1, 5432, '', '127.0.0.1', '  5432001     32768', 'ready', ''].join('\n');

function cluster(files: Record<string, string>): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

test('a process elsewhere that has the number is not the server, and the file is told of nobody', () => {
  const directory = cluster({ 'postmaster.pid': text(process.pid), '.s.PGSQL.5432.lock': text(process.pid) });
  assert.equal(readPostmaster(directory), undefined);
  disownLockFiles(directory, now, writeFileSync);
  const [pid, ...rest] = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n');
  assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' });
  assert.deepEqual(
    rest,
    text(process.pid).split('\n').slice(1),
    'the shared memory of the earlier server is still named',
  );
  assert.equal(existsSync(join(directory, '.s.PGSQL.5432.lock')), false);
});

test('the server itself is left alone', () => {
  const files = { 'postmaster.pid': text(process.pid), '.s.PGSQL.5432.lock': text(process.pid) };
  const directory = cluster(files);
  const home = process.cwd();
  process.chdir(directory);
  try {
    assert.deepEqual(readPostmaster(directory), { pid: process.pid, port: 5432, isReady: true });
    disownLockFiles(directory, now, writeFileSync);
    for (const [name, content] of Object.entries(files))
      assert.equal(readFileSync(join(directory, name), 'utf8'), content);
  } finally {
    process.chdir(home);
  }
});

test('an empty file is removed once no server can be about to write it', () => {
  const directory = cluster({ 'postmaster.pid': '' });
  const file = join(directory, 'postmaster.pid');
  utimesSync(file, now / 1_000, now / 1_000);
  disownLockFiles(directory, now + 1_000, writeFileSync);
  assert.equal(existsSync(file), true);
  disownLockFiles(directory, now + 10_000, writeFileSync);
  assert.equal(existsSync(file), false);
});
