import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, manualClock, silentTelemetry } from '@taskflow/kit-testing';
import { WorkerPool } from '../../domain/worker-pool.ts';
import { executionBounds } from '../bounds.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { StuckWork } from '../ledger/stuck-work.ts';
import type { LedgerCommand } from '../ledger/ledger-command.ts';
import type { LateWorkStore, LookedAtLease } from '../ports/late-work-store.ts';
import { createLeaseRescuer } from './lease-rescuer.ts';

/** Ten orphaned leases in slices of three; `onLook` runs at each look. */
function scene(onLook: () => void = () => {}) {
  const clock = manualClock();
  let leases = Array.from({ length: 10 }, (_, n): LookedAtLease => {
    return { tenantId: 't', taskId: `a${n}`, lease: `l${n}`, session: 's', bytes: 40, orphaned: true, settled: true };
  });
  const looks: (string | undefined)[] = [];
  const rescued: string[][] = [];
  const store: Pick<LateWorkStore, 'leasesAfter'> = {
    leasesAfter: (behind, _age, max) => {
      looks.push(behind?.taskId);
      onLook();
      return Promise.resolve(leases.filter(({ taskId }) => taskId > (behind?.taskId ?? '')).slice(0, max));
    },
  };
  const submit = (command: LedgerCommand) => {
    assert.equal(command.kind, 'rescue');
    const taken = command.kind === 'rescue' ? command.leases.map(({ lease }) => lease) : [];
    rescued.push(taken);
    leases = leases.filter(({ lease }) => !taken.includes(lease));
    return Promise.resolve({ statuses: [], affected: taken.length });
  };
  const telemetry = silentTelemetry();
  const stuck = new StuckWork(clock, 10);
  const settle = () => Promise.resolve([]);
  const bounds = { ...executionBounds, leasesPerLook: 3, sweepRows: 2, sweepBytes: 1_000 };
  const parts = {
    store: store as LateWorkStore,
    ledger: { submit } as unknown as Ledger,
    settle,
    pool: new WorkerPool(),
  };
  const rescuer = createLeaseRescuer({ ...parts, clock, telemetry, bounds, stuck });
  return { clock, rescuer, looks, rescued, stuck };
}

test('asked, it walks all running work at once, slice by slice, and rescues within its bounds', async () => {
  const { rescuer, looks, rescued } = scene();
  rescuer.look();
  await rescuer.start();
  await eventually(() => rescued.flat().length === 10);
  assert.deepEqual(looks.slice(0, 4), [undefined, 'a2', 'a5', 'a8']);
  assert.ok(rescued.every((slice) => slice.length <= 2));
  await rescuer.stop();
});

test('unasked, it takes a slice per round', async () => {
  const { clock, rescuer, looks, rescued } = scene();
  await rescuer.start();
  await clock.advance(1);
  assert.equal(looks.length, 1);
  await clock.advance(2_000);
  await eventually(() => rescued.flat().length === 10);
  await rescuer.stop();
});

test('who asks at every look never keeps a walk from coming to its end', async () => {
  const { rescuer, looks, rescued } = scene(() => {
    if (looks.length < 12) rescuer.look();
  });
  rescuer.look();
  await rescuer.start();
  await eventually(() => rescued.flat().length === 10);
  assert.deepEqual(looks.slice(0, 4), [undefined, 'a2', 'a5', 'a8']);
  await rescuer.stop();
});

test('what is stuck is passed over until it may be tried again', async () => {
  const { clock, rescuer, rescued, stuck } = scene();
  stuck.add('a4', new Error('refused'));
  rescuer.look();
  await rescuer.start();
  await eventually(() => rescued.flat().length === 9);
  assert.equal(rescued.flat().includes('l4'), false);
  await clock.advance(60_000);
  rescuer.look();
  await eventually(() => rescued.flat().length === 10);
  await rescuer.stop();
});
