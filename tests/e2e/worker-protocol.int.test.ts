import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { registerWorker, usePlatform, writtenRows, eventuallyHolds } from './harness/index.ts';

const leaseMs = 1_500;

describe('the worker protocol over HTTP', () => {
  const platform = usePlatform({ env: { TASKFLOW_LEASE_MS: `${leaseMs}`, TASKFLOW_HEARTBEAT_MS: '500' } });
  const post = (verb: string, body: object) => platform().api.call<unknown>('POST', `/api/v1/worker/${verb}`, { body });

  it('is short enough for any language', async () => {
    const { api, url } = platform();
    const type = `e2e.thirty-lines.${randomUUID()}`;
    const tasks = await api.createTasks([2, 3, 4].map((n) => ({ type, payload: { n } })));

    const verb = async (name: string, body: object) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/api/v1/worker/${name}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return (await answer.json()) as {
        session: string;
        deliveries: { lease: string; taskId: string; payload: { n: number } }[];
      };
    };
    const { session } = await verb('register', { name: 'squares', types: [type], concurrency: 3 });
    for (let done = 0; done < tasks.length; ) {
      const claimed = await verb('claim', { session, max: 3, waitMs: 5000 });
      for (const { lease, taskId, payload } of claimed.deliveries) {
        await verb('complete', { session, items: [{ lease, taskId, result: payload.n ** 2 }] });
        done += 1;
      }
    }

    const results = await Promise.all(tasks.map(({ id }) => api.settledTask(id)));
    assert.deepEqual(
      results.map(({ result }) => result),
      [4, 9, 16],
    );
  });

  it('answers the completion of a superseded attempt without changing anything', async () => {
    const { api } = platform();
    const type = `e2e.stale.${randomUUID()}`;
    const [slow, quick] = await Promise.all([
      registerWorker(api, { types: [type] }),
      registerWorker(api, { types: [type] }),
    ]);
    const { id } = await api.createTask({ type, retry: { maxAttempts: 3 } });
    const stale = await slow.next();
    // The first worker says nothing any more, so its lease expires and the other one is given the second attempt.
    const fresh = await eventuallyHolds(async () => {
      await quick.heartbeat([]);
      const [delivery] = await quick.claim(1, 0);
      assert.ok(delivery !== undefined);
      return delivery;
    });
    assert.deepEqual([fresh.taskId, fresh.attempt], [id, stale.attempt + 1]);
    assert.notEqual(fresh.lease, stale.lease);

    assert.equal(await slow.complete(stale, 'from the dead'), 'superseded');
    const failure = { class: 'terminal', error: { code: 'x', message: 'from the dead' } } as const;
    assert.equal(await slow.fail(stale, failure), 'superseded');
    await eventuallyHolds(async () => assert.equal((await api.task(id)).status, 'running'));
    assert.equal(await quick.complete(fresh, 'alive'), 'accepted');
    const task = await api.settledTask(id);
    assert.deepEqual([task.status, task.result, task.attempts], ['completed', 'alive', 2]);

    assert.equal(await quick.complete(fresh, 'twice'), 'superseded');
    assert.deepEqual(await api.task(id), task);
  });

  it('keeps a lease as long as heartbeats come, and takes back what the worker no longer holds', async () => {
    const { api } = platform();
    const type = `e2e.heartbeat.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type], concurrency: 2 });
    const [kept, dropped] = await api.createTasks([
      { type, payload: 'kept', retry: { maxAttempts: 2 } },
      { type, payload: 'dropped', retry: { maxAttempts: 2 } },
    ]);
    const deliveries = [await worker.next(), await worker.next()];
    const held = deliveries.filter(({ taskId }) => taskId === kept?.id);
    const again = await eventuallyHolds(async () => {
      assert.deepEqual((await worker.heartbeat(held)).lost, []);
      const [delivery] = await worker.claim(1, 0);
      assert.ok(delivery !== undefined);
      return delivery;
    });
    assert.equal(again.taskId, dropped?.id);
    assert.equal(await worker.complete(again), 'accepted');
    assert.equal(held[0] && (await worker.complete(held[0])), 'accepted');
    assert.equal((await api.settledTask(kept?.id ?? '')).attempts, 1);
  });

  it('shows progress', async () => {
    const { api } = platform();
    const type = `e2e.progress.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id } = await api.createTask({ type });
    const delivery = await worker.next();
    await worker.progress(delivery, 0.25, 'a quarter');
    await eventuallyHolds(async () => {
      await worker.heartbeat([delivery]);
      assert.deepEqual((await api.task(id)).progress, { fraction: 0.25, message: 'a quarter' });
    });
    assert.equal(await worker.complete(delivery), 'accepted');
  });

  it('hands out no more than asked for and no more than the worker has slots', async () => {
    const { api } = platform();
    const type = `e2e.slots.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type], concurrency: 3 });
    await api.createTasks(Array.from({ length: 10 }, () => ({ type })));
    const held = await worker.claim(2);
    assert.ok(held.length >= 1 && held.length <= 2, `${held.length}`);
    await eventuallyHolds(async () => {
      held.push(...(await worker.claim(100, 0)));
      await worker.heartbeat(held);
      assert.equal(held.length, 3);
    });
    held.push(...(await worker.claim(100, 0)));
    assert.equal(held.length, 3);
    for (const delivery of held) await worker.complete(delivery);
  });

  for (const [what, failure] of [
    ['whose message is far too long', { class: 'terminal', error: { code: 'x', message: 'm'.repeat(2 << 20) } }],
    ['of a class that nobody knows', { class: 'odd', error: { code: 'x', message: 'y' } }],
    ['without an error', { class: 'retryable' }],
  ] as const) {
    it(`lets a task end by a failure report ${what}`, async () => {
      const { api } = platform();
      const type = `e2e.bad-report.${randomUUID()}`;
      const worker = await registerWorker(api, { types: [type] });
      const { id } = await api.createTask({ type, retry: { maxAttempts: 1 } });
      const { lease } = await worker.next();
      const answer = await post('fail', { session: worker.session, items: [{ lease, taskId: id, ...failure }] });
      assert.equal(answer.status, 200, answer.text.slice(0, 300));
      const task = await api.settledTask(id);
      assert.equal(task.status, 'failed');
      assert.ok((task.error?.message.length ?? 0) <= 100_000);
    });
  }

  it('does not lose a task whose result is too large', async () => {
    const { api } = platform();
    const type = `e2e.large-result.${randomUUID()}`;
    const worker = await registerWorker(api, { types: [type] });
    const { id } = await api.createTask({ type, retry: { maxAttempts: 1 } });
    const delivery = await worker.next();
    const items = [{ lease: delivery.lease, taskId: id, result: 'r'.repeat(400_000) }];
    const answer = await post('complete', { session: worker.session, items });
    assert.ok([200, 413, 422].includes(answer.status), answer.text.slice(0, 300));
    // Refused or recorded as a failure: either way the task ends, here at the latest when its lease expires.
    assert.equal((await api.settledTask(id)).status, 'failed');
  });

  it('answers a session that it does not know so that the worker registers again', async () => {
    const before = await writtenRows(platform());
    const session = randomUUID();
    const lease = { lease: randomUUID(), taskId: randomUUID() };
    for (const [verb, body] of [
      ['claim', { session, max: 1, waitMs: 0 }],
      ['heartbeat', { session, holds: [], received: 0 }],
    ] as const) {
      const answer = await post(verb, body);
      assert.ok([404, 409, 410].includes(answer.status), `${verb} ${answer.status} ${answer.text}`);
    }
    const answer = await post('complete', { session, items: [{ ...lease, result: 1 }] });
    if (answer.status === 200)
      assert.deepEqual(answer.body, { outcomes: [{ lease: lease.lease, outcome: 'superseded' }] });
    else assert.ok([404, 409, 410].includes(answer.status), answer.text);
    assert.deepEqual(await writtenRows(platform()), before);
  });

  for (const [verb, body] of [
    ['register', { name: '', types: [], concurrency: 1 }],
    ['register', { name: 'x', types: ['a'], concurrency: 0 }],
    ['register', { name: 'x', types: ['a'], concurrency: 1, admin: true }],
    ['claim', { session: 'no-uuid', max: 1 }],
    ['claim', { session: randomUUID(), max: 1_000_000 }],
    ['complete', { session: randomUUID(), items: [] }],
    ['progress', { session: randomUUID(), items: [{ lease: randomUUID(), taskId: randomUUID(), fraction: 2 }] }],
  ] as const) {
    it(`refuses ${verb} ${JSON.stringify(body)
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')
      .slice(0, 90)}`, async () => {
      const answer = await post(verb, body);
      assert.equal(answer.status, 422, answer.text);
    });
  }
});
