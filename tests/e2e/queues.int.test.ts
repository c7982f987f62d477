import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { http } from '@taskflow/contracts-task-execution';
import type { Delivery } from '@taskflow/contracts-worker-protocol';
import { type ProtocolWorker, registerWorker, usePlatform, eventuallyHolds } from './harness/index.ts';

type Queue = ReturnType<typeof http.queue.parse>;

describe('queues', () => {
  const platform = usePlatform();
  const queue = (name: string) => platform().api.expect<Queue>(200, 'GET', `/api/v1/queues/${name}`);
  const depth = (name: string, expected: number) =>
    eventuallyHolds(async () => assert.equal((await queue(name)).depth, expected));

  async function drain(worker: ProtocolWorker, count: number, max = 1): Promise<Delivery[]> {
    const all: Delivery[] = [];
    while (all.length < count) {
      const claimed = await worker.claim(max);
      assert.ok(claimed.length > 0, `only ${all.length} of ${count} were handed out`);
      for (const delivery of claimed) {
        all.push(delivery);
        await worker.complete(delivery);
      }
    }
    return all;
  }

  it('hands out the more urgent task first, and among equals the older one', async () => {
    const { api } = platform();
    const name = `order-${randomUUID()}`;
    const priorities = [500, 300, 900, 500, 700, 999, 0, 500, 900];
    await api.createTasks(priorities.map((priority, n) => ({ type: name, queue: name, priority, payload: n })));
    await depth(name, priorities.length);
    const worker = await registerWorker(api, { types: [name], queues: [name], concurrency: 1 });
    const order = (await drain(worker, priorities.length)).map(({ payload }) => payload as number);
    const expected = priorities.map((_, n) => n).sort((a, b) => (priorities[b] ?? 0) - (priorities[a] ?? 0) || a - b);
    assert.deepEqual(order, expected);
  });

  it('follows a change of priority while the task waits', async () => {
    const { api } = platform();
    const name = `raise-${randomUUID()}`;
    const tasks = await api.createTasks([1, 2, 3].map((payload) => ({ type: name, queue: name, payload })));
    await depth(name, 3);
    const raised = await api.call('PATCH', `/api/v1/tasks/${tasks[2]?.id}`, { body: { priority: 'critical' } });
    assert.equal(raised.status, 200, raised.text);
    assert.equal((await api.task(tasks[2]?.id ?? '')).priority, 900);
    await eventuallyHolds(async () => {
      const { items } = await api.expect<{ items: { id: string; priority: number }[] }>(
        200,
        'GET',
        `/api/v1/tasks?queue=${name}`,
      );
      assert.equal(items.find(({ id }) => id === tasks[2]?.id)?.priority, 900);
    });
    // The queue learns of it by an event; a marker sent later has passed the same stream behind it.
    await api.createTask({ type: name, queue: name, payload: 4 });
    await depth(name, 4);
    const worker = await registerWorker(api, { types: [name], queues: [name], concurrency: 1 });
    assert.deepEqual(
      (await drain(worker, 4)).map(({ payload }) => payload),
      [3, 1, 2, 4],
    );
  });

  it('refuses a change of priority once the task has finished', async () => {
    const { api } = platform();
    const { id } = await api.createTask({ type: 'taskflow.noop' });
    await api.settledTask(id);
    assert.equal((await api.call('PATCH', `/api/v1/tasks/${id}`, { body: { priority: 1 } })).status, 409);
  });

  it('hands out nothing while paused and everything after resume', async () => {
    const { api } = platform();
    const name = `pause-${randomUUID()}`;
    const worker = await registerWorker(api, { types: [name], queues: [name] });
    const paused = await api.call('POST', `/api/v1/queues/${name}/pause`);
    assert.ok([200, 202].includes(paused.status), paused.text);
    await api.createTasks([1, 2, 3].map((payload) => ({ type: name, queue: name, payload })));
    await depth(name, 3);
    assert.equal((await queue(name)).paused, true);
    assert.deepEqual(await worker.claim(10, 0), []);

    const waiting = worker.claim(10, 20_000);
    const resumed = await api.call('POST', `/api/v1/queues/${name}/resume`);
    assert.ok([200, 202].includes(resumed.status), resumed.text);
    const first = await waiting;
    assert.ok(first.length > 0);
    for (const delivery of first) await worker.complete(delivery);
    await drain(worker, 3 - first.length, 10);
    await depth(name, 0);
  });

  it('runs no more at once than the limit of the queue allows, over all workers', async () => {
    const { api } = platform();
    const name = `limit-${randomUUID()}`;
    const limited = await api.call('PATCH', `/api/v1/queues/${name}`, { body: { concurrency: 2 } });
    assert.equal(limited.status, 200, limited.text);
    await api.createTasks(Array.from({ length: 6 }, (_, n) => ({ type: name, queue: name, payload: n })));
    const workers = await Promise.all([1, 2].map(() => registerWorker(api, { types: [name], queues: [name] })));
    const held: [ProtocolWorker, Delivery][] = [];
    const claimAll = async () => {
      for (const worker of workers) for (const delivery of await worker.claim(10, 0)) held.push([worker, delivery]);
    };
    for (let left = 6; left > 0; left -= 2) {
      await eventuallyHolds(async () => {
        await claimAll();
        assert.equal(held.length, 2);
      });
      await claimAll();
      assert.equal(held.length, 2, 'a third task ran beside the two that the limit allows');
      await eventuallyHolds(async () => assert.equal((await queue(name)).running, 2));
      for (const [worker, delivery] of held.splice(0)) await worker.complete(delivery);
    }
    await depth(name, 0);
  });

  it('lets a worker have only the queues and types that it named', async () => {
    const { api } = platform();
    const name = `only-${randomUUID()}`;
    await api.createTasks([
      { type: name, queue: `${name}-other`, payload: 'other queue' },
      { type: `${name}-other`, queue: name, payload: 'other type' },
      { type: name, queue: name, payload: 'mine' },
    ]);
    const worker = await registerWorker(api, { types: [name], queues: [name] });
    assert.equal((await worker.next()).payload, 'mine');
    assert.deepEqual(await worker.claim(10, 0), []);
  });

  it('lists queues with their depth and workers with their slots', async () => {
    const { api } = platform();
    const name = `shown-${randomUUID()}`;
    await api.createTasks([1, 2].map((payload) => ({ type: name, queue: name, payload })));
    await depth(name, 2);
    const { items } = await api.expect<{ items: Queue[] }>(200, 'GET', '/api/v1/queues');
    assert.equal(items.find((each) => each.name === name)?.depth, 2);
    const worker = await registerWorker(api, { types: [name], queues: [name], concurrency: 7, name });
    await worker.next();
    await eventuallyHolds(async () => {
      const { items: workers } = await api.expect<{
        items: { name: string; slots: { total: number; busy: number } }[];
      }>(200, 'GET', '/api/v1/workers');
      assert.deepEqual(workers.find((each) => each.name === name)?.slots, { total: 7, busy: 1 });
    });
  });
});
