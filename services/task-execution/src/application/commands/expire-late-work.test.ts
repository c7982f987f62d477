import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, manualClock, silentTelemetry } from '@taskflow/kit-testing';
import type { Ledger } from '../ledger/ledger.ts';
import { StuckWork } from '../ledger/stuck-work.ts';
import type { LedgerCommand } from '../ledger/ledger-command.ts';
import type { LateWorkStore } from '../ports/late-work-store.ts';
import { createExpireLoop } from './expire-late-work.ts';
import { createStaging } from './stage-due-work.ts';

const telemetry = silentTelemetry();

/** A ledger that finds two rows per command while there are any, and what it was asked. */
function scene(rows: number) {
  const asked: LedgerCommand['kind'][] = [];
  let left = rows;
  const submit = ({ kind }: LedgerCommand) => {
    asked.push(kind);
    const affected = Math.min(2, left);
    left -= affected;
    return Promise.resolve({ statuses: [], affected });
  };
  return { asked, deps: { ledger: { submit } as unknown as Ledger, clock: manualClock(), telemetry } };
}

test('what ran out of time is ended slice by slice without waiting for the next round', async () => {
  const { asked, deps } = scene(5);
  const late = { waiting: true, delayed: false, overdue: false, due: false, nextDueMs: null };
  const store = { look: () => Promise.resolve(late) } as unknown as LateWorkStore;
  const staging = { wake: () => {}, wakeIn: () => {} };
  const stuck = new StuckWork(deps.clock, 10);
  const loop = createExpireLoop({ ...deps, store, staging, stuck, overdueGraceMs: 0 });
  await loop.start();
  await eventually(() => asked.length === 4);
  await loop.stop();
  assert.deepEqual(asked, ['expire', 'expire', 'expire', 'expire']);
});

test('what is due is requeued slice by slice without waiting for the next round', async () => {
  const { asked, deps } = scene(5);
  const loop = createStaging(deps);
  await loop.start();
  await eventually(() => asked.length === 4);
  await loop.stop();
  assert.deepEqual(asked, ['stage', 'stage', 'stage', 'stage']);
});
