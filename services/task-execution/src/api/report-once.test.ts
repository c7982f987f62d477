import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '@taskflow/kit-telemetry';
import { manualClock } from '@taskflow/kit-testing';
import { reportOnce } from './report-once.ts';

test('the log is told of the first failure, of another reason, and of the end', () => {
  const reported: string[] = [];
  const log = {
    warn: ({ err }: { err: Error }) => reported.push(err.message),
    info: ({ failures }: { failures: number }) => reported.push(`${failures} ended`),
  } as unknown as Log;
  const registering = reportOnce('it failed', manualClock(), log);
  registering.done();
  for (const reason of ['a', 'a', 'b', 'b', 'b']) registering.failed(new Error(reason));
  registering.done();
  registering.done();
  assert.deepEqual(reported, ['a', 'b', '5 ended']);
});
