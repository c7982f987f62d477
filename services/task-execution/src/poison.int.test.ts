import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@taskflow/kit-testing';
import { type Harness, startHarness } from '../testing/service-harness.ts';
import { broken, resultOf } from '../testing/test-worker.ts';

const endless = { maxAttempts: 100, backoff: 'fixed', initialMs: 0, maxMs: 0, jitter: 'none' };

async function errorOf(harness: Harness, taskId: string) {
  const failedOne = () => harness.management.ofType('task.failed').find(({ data }) => data.taskId === taskId);
  return (await eventually(() => failedOne()?.data)) as { reason: string; error: { code: string; message: string } };
}

test('a result above 256 kB fails its task for good and by name; its neighbours complete', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const ids = [1, 2, 3].map(() => harness.create({ retry: endless }));
  const deliveries = [await worker.deliveries.next(), await worker.deliveries.next(), await worker.deliveries.next()];
  const sizes = [256 * 1024 - 2, 256 * 1024 - 1, 10];
  const items = deliveries.map((delivery, index) => resultOf(delivery, 'r'.repeat(sizes[index] ?? 0)));
  assert.deepEqual(await worker.complete(...items), ['accepted', 'accepted', 'accepted']);
  const { reason, error } = await errorOf(harness, deliveries[1]?.taskId ?? '');
  assert.deepEqual([reason, error.code], ['terminal', 'result_too_large']);
  await eventually(() => harness.management.ofType('task.completed').length === 2);
  assert.equal(ids.length, 3);
});

test('a result of 15 MB ends its task and not its connection', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 2 });
  const taskId = harness.create({ retry: endless });
  const delivery = await worker.deliveries.next();
  assert.deepEqual(await worker.complete(resultOf(delivery, 'r'.repeat(15 * 1024 * 1024))), ['accepted']);
  assert.equal((await errorOf(harness, taskId)).error.code, 'result_too_large');
  const next = harness.create();
  assert.equal((await worker.deliveries.next()).taskId, next);
});

for (const value of ['9007199254740993', '1e400', '-0', '"a\\u0000b"', '"\\ud800"', '{"k":1,"k":2}']) {
  test(`a result of ${value} fails its own task by name, over both transports; its neighbours complete`, async () => {
    await using harness = await startHarness();
    const worker = await harness.worker({ credit: 4 });
    const ids = [1, 2, 3, 4].map(() => harness.create({ retry: endless }));
    const items: string[] = [];
    for (const [n] of ids.entries()) {
      const { lease, taskId } = await worker.deliveries.next();
      items.push(`{"lease":"${lease}","taskId":"${taskId}","result":${n % 2 === 0 ? value : n}}`);
    }
    worker.sendText(`{"kind":"complete","ref":5,"items":[${items.slice(0, 2).join(',')}]}`);
    const body = `{"session":"${worker.session}","items":[${items.slice(2).join(',')}]}`;
    const answer = await harness.callText('POST', '/api/v1/worker/complete', body);
    assert.equal(answer.status, 200);
    await eventually(() => harness.management.ofType('task.completed').length === 2);
    for (const taskId of [ids[0], ids[2]]) {
      const { reason, error } = await errorOf(harness, taskId ?? '');
      assert.deepEqual([reason, error.code], ['terminal', 'result_refused']);
    }
  });
}

test('NUL and lone surrogates in errors are replaced: a failure is never refused for its texts', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const failing = harness.create();
  const delivery = await worker.deliveries.next();
  const error = { code: 'x\0', message: 'm\0\udc00', details: { d: '\0' } };
  await worker.fail({ lease: delivery.lease, taskId: failing, class: 'terminal', error });
  const reported = await errorOf(harness, failing);
  assert.deepEqual(reported.error, { code: 'x\uFFFD', message: 'm\uFFFD\uFFFD', details: { d: '\uFFFD' } });
});

test('a report that cannot be read ends its own task by name; its neighbours are settled', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const ids = [1, 2, 3].map(() => harness.create({ retry: endless }));
  const [first, second, third] = [
    await worker.deliveries.next(),
    await worker.deliveries.next(),
    await worker.deliveries.next(),
  ];
  const odd = { ...resultOf(second), surprise: true };
  assert.deepEqual(await worker.complete(resultOf(first), odd), ['accepted', 'accepted']);
  assert.equal((await errorOf(harness, second.taskId)).error.code, 'invalid_report');
  const unknownClass = { lease: third.lease, taskId: third.taskId, class: 'odd', error: broken };
  assert.deepEqual(await worker.fail(unknownClass), ['accepted']);
  assert.equal((await errorOf(harness, third.taskId)).reason, 'terminal');
  assert.equal(ids.length, 3);
});

test('an item that names no attempt is told of, and the rest of its frame is settled', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  harness.create();
  const delivery = await worker.deliveries.next();
  worker.send({ kind: 'complete', ref: 77, items: [{ nonsense: 1 }, { lease: 'x', taskId: 'y' }, resultOf(delivery)] });
  const error = await worker.errors.next();
  assert.deepEqual([error.code, error.ref], ['invalid_report', 77]);
  await eventually(() => harness.management.ofType('task.completed').length === 1);
});

test('a result nested too deep ends its task', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 10 });
  const taskId = harness.create({ retry: endless });
  const { lease } = await worker.deliveries.next();
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  worker.sendText(`{"kind":"complete","ref":9,"items":[{"lease":"${lease}","taskId":"${taskId}","result":${deep}}]}`);
  assert.equal((await errorOf(harness, taskId)).error.code, 'result_refused');
});
