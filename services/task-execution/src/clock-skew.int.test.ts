import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, setDatabaseOffset } from '@taskflow/kit-testing';
import { startHarness } from '../testing/service-harness.ts';
import { failureOf, resultOf } from '../testing/test-worker.ts';

const hourMs = 3_600_000;
const retryOnce = { maxAttempts: 2, backoff: 'fixed', initialMs: 50, maxMs: 50, jitter: 'none' };

for (const [name, offsetMs] of [
  ['an hour ahead of', hourMs],
  ['an hour behind', -hourMs],
] as const) {
  test(`spans are those that were asked for with the database ${name} the process`, async () => {
    await using harness = await startHarness();
    await setDatabaseOffset(harness.database, offsetMs);
    const { management } = harness;

    // Queued before there is a worker, so that a claim dispatches it; the next one goes straight to the worker.
    const waiting = harness.create({ type: 'ample', timeout: { totalMs: 600_000 } });
    const unserved = harness.create({ type: 'nobody', timeout: { totalMs: 100 } });
    await eventually(() => management.storyOf(unserved).includes('failed'));
    const [failed] = management.ofType('task.failed').filter(({ data }) => data['taskId'] === unserved);
    assert.match(JSON.stringify(failed?.data), /total_timeout/);

    const worker = await harness.worker({ types: ['ample', 'direct', 'again', 'brief'], credit: 10 });
    const claimed = await worker.deliveries.next();
    assert.equal(claimed.taskId, waiting);
    assert.ok(Number(claimed.timeoutMs) > 500_000 && Number(claimed.timeoutMs) <= 600_000, `${claimed.timeoutMs}`);
    assert.deepEqual(await worker.complete(resultOf(claimed)), ['accepted']);

    harness.create({ type: 'direct', timeout: { totalMs: 600_000 } });
    const direct = await worker.deliveries.next();
    assert.equal(direct.timeoutMs, 600_000);
    assert.deepEqual(await worker.complete(resultOf(direct)), ['accepted']);

    const again = harness.create({ type: 'again', timeout: { totalMs: 600_000 }, retry: retryOnce });
    assert.deepEqual(await worker.fail(failureOf(await worker.deliveries.next(), 'retryable')), ['accepted']);
    const second = await worker.deliveries.next();
    assert.deepEqual([second.taskId, second.attempt], [again, 2]);
    assert.deepEqual(await worker.complete(resultOf(second)), ['accepted']);

    const brief = harness.create({ type: 'brief', timeout: { totalMs: 600_000, attemptMs: 1_000 } });
    assert.equal((await worker.deliveries.next()).timeoutMs, 1_000);
    const [row] = await harness.sql<{ left_ms: number }>(
      `SELECT extract(epoch from deadline_at - claimed_at)::float8 * 1000 AS left_ms FROM leased WHERE id = '${brief}'`,
    );
    assert.equal(row?.left_ms, 1_000);
  });
}
