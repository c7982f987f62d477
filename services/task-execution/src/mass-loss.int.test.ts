import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, setDatabaseOffset } from '@taskflow/kit-testing';
import { type Harness, startHarness } from '../testing/service-harness.ts';

/** Small enough that every sweep takes many slices. */
const bounds = { sweepRows: 5, sessionsPerExpiry: 2, leasesPerLook: 7, partitionsPerSlice: 3, probesPerSearch: 2 };
const once = { maxAttempts: 1, backoff: 'fixed', initialMs: 0, maxMs: 0, jitter: 'none' };

function eventsPerEntry(harness: Harness, name: string): number[] {
  const of = (type: string) => type === `taskflow.${name}.v1`;
  return harness.management.entries.map(({ events }) => events.filter(({ type }) => of(type)).length);
}

test('given many workers are lost at once, then all of their work runs elsewhere, taken back slice by slice', async () => {
  await using harness = await startHarness({ bounds });
  const ids: string[] = [];
  for (let n = 0; n < 9; n += 1) {
    const worker = await harness.worker({ name: `lost-${n}`, credit: 4, concurrency: 4 });
    for (let task = 0; task < 4; task += 1) ids.push(harness.create());
    for (let task = 0; task < 4; task += 1) await worker.deliveries.next();
    worker.vanish();
  }
  const survivor = await harness.worker({ name: 'survivor', types: ['work', 'other'], credit: 100 });
  const kept = harness.create({ type: 'other' });
  const held = await survivor.deliveries.next();
  assert.equal(held.taskId, kept);
  await setDatabaseOffset(harness.database, 10_000);
  await survivor.heartbeat([held.lease], 1);
  await setDatabaseOffset(harness.database, 16_000);
  const again = await Promise.all(ids.map(() => survivor.deliveries.next()));
  assert.deepEqual(again.map(({ taskId }) => taskId).sort(), [...ids].sort());
  assert.deepEqual(new Set(again.map(({ attempt }) => attempt)), new Set([2]));
  assert.deepEqual(
    harness.management.ofType('worker.lost').map(({ data }) => data.leases),
    Array.from({ length: 9 }, () => 4),
  );
  assert.ok(Math.max(...eventsPerEntry(harness, 'worker.lost')) <= bounds.sessionsPerExpiry);
  assert.ok(Math.max(...eventsPerEntry(harness, 'task.retry-scheduled')) <= bounds.sweepRows);
  assert.deepEqual(
    await survivor.heartbeat([held.lease], 1 + ids.length),
    [],
    'what a living worker holds stays its own',
  );
});

test('given many tasks run out of time at once, wherever they are, then each fails, slice by slice', async () => {
  await using harness = await startHarness({ bounds, settings: { overdueGraceMs: 0 } });
  const timeout = { totalMs: 60_000 };
  const running = Array.from({ length: 11 }, () => harness.create({ type: 'running', timeout, retry: once }));
  const waiting = Array.from({ length: 12 }, () => harness.create({ type: 'waiting', timeout }));
  const worker = await harness.worker({ types: ['running'], credit: 11 });
  for (const _ of running) await worker.deliveries.next();
  await eventually(async () => (await harness.rows('waiting')).length === waiting.length);
  for (let ms = 10_000; ms <= 70_000; ms += 10_000) {
    await setDatabaseOffset(harness.database, ms);
    await worker.heartbeat([], 0);
  }
  const failed = () => harness.management.ofType('task.failed').map(({ data }) => String(data.taskId));
  await eventually(() => failed().length >= running.length + waiting.length);
  assert.deepEqual(failed().sort(), [...running, ...waiting].sort());
  assert.ok(Math.max(...eventsPerEntry(harness, 'task.failed')) <= 3 * bounds.sweepRows);
});

test('given many pauses end at once, then all of it is queued again, slice by slice', async () => {
  await using harness = await startHarness({ bounds });
  const retry = { maxAttempts: 2, backoff: 'fixed', initialMs: 3_600_000, maxMs: 3_600_000, jitter: 'none' };
  const ids = Array.from({ length: 23 }, () => harness.create({ retry }));
  const worker = await harness.worker({ credit: 1_000 });
  const first = await Promise.all(ids.map(() => worker.deliveries.next()));
  const error = { code: 'e', message: 'm' };
  await worker.fail(...first.map(({ lease, taskId }) => ({ lease, taskId, error, class: 'retryable' })));
  await worker.leave();
  await setDatabaseOffset(harness.database, 3_700_000);
  const other = await harness.worker({ name: 'other', credit: 1_000 });
  const again = await Promise.all(ids.map(() => other.deliveries.next()));
  assert.deepEqual(again.map(({ taskId }) => taskId).sort(), [...ids].sort());
});

test('given more partitions than one look sees, then a worker finds the one that waits for it, at once and after a restart', async () => {
  await using harness = await startHarness({ bounds });
  for (let n = 0; n < 20; n += 1)
    harness.create({ type: `nobody-${String(n).padStart(2, '0')}`, queue: `queue-${n % 4}` });
  const last = harness.create({ type: 'zzz', queue: 'queue-9' });
  await eventually(async () => (await harness.rows('waiting')).length === 21);
  await harness.restart();
  const worker = await harness.worker({ types: ['aaa', 'zzz'], credit: 10 });
  assert.equal((await worker.deliveries.next()).taskId, last);
  await eventually(async () => {
    const { unserved = [] } = (await harness.call('GET', '/api/v1/queues/queue-3')).body as { unserved?: unknown[] };
    return unserved.length === 5;
  });
});
