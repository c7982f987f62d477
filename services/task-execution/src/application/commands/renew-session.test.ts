import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { WorkerSession } from '../../domain/worker-session.ts';
import { WorkerPool } from '../../domain/worker-pool.ts';
import type { WorkerRegistry } from '../dispatch/worker-registry.ts';
import { createSignOfLife, type SessionRenewals } from './renew-session.ts';

test('however often a worker beats, one renewal is under way and one waits; every beat is answered', async () => {
  const capabilities = { tenantId: 't', name: 'w', queues: null, types: [], definitions: [], concurrency: 1 };
  const session = new WorkerSession('s', capabilities, 0, 0);
  const renewals: PromiseWithResolvers<boolean>[] = [];
  const submit = () => {
    const renewal = Promise.withResolvers<boolean>();
    renewals.push(renewal);
    return renewal.promise;
  };
  const pool = new WorkerPool();
  pool.add(session);
  const registry = {} as WorkerRegistry;
  const show = createSignOfLife({
    renewals: { submit } as unknown as SessionRenewals,
    pool,
    registry,
    clock: manualClock(),
  });
  const beats = Array.from({ length: 1_000 }, () => show(session));
  assert.equal(renewals.length, 1);
  renewals[0]?.resolve(true);
  assert.equal(await beats[0], true);
  assert.equal(renewals.length, 2, 'those that came meanwhile are covered by a renewal that began after them');
  renewals[1]?.resolve(true);
  assert.deepEqual(new Set(await Promise.all(beats)), new Set([true]));
  assert.equal(renewals.length, 2);
  const later = show(session);
  renewals[2]?.resolve(true);
  assert.equal(await later, true);
});

test('a renewal that fails fails those who wait for it, and the next one is tried', async () => {
  const capabilities = { tenantId: 't', name: 'w', queues: null, types: [], definitions: [], concurrency: 1 };
  const session = new WorkerSession('s', capabilities, 0, 0);
  const answers = [Promise.reject(new Error('away')), Promise.resolve(true)];
  const submit = () => answers.shift() ?? Promise.resolve(false);
  const pool = new WorkerPool();
  pool.add(session);
  const registry = {} as WorkerRegistry;
  const show = createSignOfLife({
    renewals: { submit } as unknown as SessionRenewals,
    pool,
    registry,
    clock: manualClock(),
  });
  const [first, second] = [show(session), show(session)];
  await assert.rejects(first, /away/);
  assert.equal(await second, true);
});
