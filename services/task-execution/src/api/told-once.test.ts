import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '@taskflow/kit-telemetry';
import { manualClock } from '@taskflow/kit-testing';
import { toldOnce } from './told-once.ts';

test('the log is told of the first failure, of another reason, and of the end', () => {
  const told: string[] = [];
  const log = {
    warn: ({ err }: { err: Error }) => told.push(err.message),
    info: ({ failures }: { failures: number }) => told.push(`${failures} ended`),
  } as unknown as Log;
  const registering = toldOnce('it failed', manualClock(), log);
  registering.done();
  for (const reason of ['a', 'a', 'b', 'b', 'b']) registering.failed(new Error(reason));
  registering.done();
  registering.done();
  assert.deepEqual(told, ['a', 'b', '5 ended']);
});
