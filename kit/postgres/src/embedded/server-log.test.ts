import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@taskflow/kit-testing';
import { watchComplaints } from './server-log.ts';

function logOf(dataDir: string): string {
  mkdirSync(join(dataDir, 'cluster'));
  return join(dataDir, 'cluster', 'server.log');
}

const line = (text: string) => `2026-01-31 12:00:00.000 UTC [7] ${text}\n`;
const full = 'could not write to file "pg_wal/xlogtemp.7": No space left on device';

test('the last complaint since the watch began is told, and what is said to clients is none', () => {
  const dataDir = temporaryDirectory();
  const log = logOf(dataDir);
  assert.equal(watchComplaints(dataDir)(), undefined);
  writeFileSync(log, line('PANIC:  of an earlier day'));
  const complaint = watchComplaints(dataDir);
  assert.equal(complaint(), undefined);
  appendFileSync(log, line('LOG:  database system was not properly shut down'));
  appendFileSync(log, line(`FATAL:  ${full}`) + line('FATAL:  the database system is in recovery mode'));
  appendFileSync(log, line('FATAL:  terminating connection due to administrator command'));
  assert.equal(complaint(), full);
  appendFileSync(log, line('PANIC:  another one'));
  assert.equal(complaint(), 'another one');
});

test('a log that was cut is read from its beginning, and of a long one the end', () => {
  const dataDir = temporaryDirectory();
  const log = logOf(dataDir);
  writeFileSync(log, line('PANIC:  of an earlier day'.padEnd(5_000)));
  const complaint = watchComplaints(dataDir);
  writeFileSync(log, line(`PANIC:  ${full}`));
  assert.equal(complaint(), full);
  appendFileSync(log, line('LOG:  and so on').repeat(100_000));
  assert.equal(complaint(), undefined);
});
