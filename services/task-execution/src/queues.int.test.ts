import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@taskflow/kit-testing';
import { managementEvents } from '../testing/management-double.ts';
import { type Harness, startHarness } from '../testing/service-harness.ts';
import { resultOf, type TestWorker } from '../testing/test-worker.ts';

async function queuedTasks(harness: Harness, count: number): Promise<void> {
  await eventually(async () => (await harness.rows('waiting')).length === count);
}

/** Takes tasks one by one and gives what `of` reads from each. */
async function serve<T>(worker: TestWorker, count: number, of: (taskId: string, type: string) => T): Promise<T[]> {
  const served: T[] = [];
  for (let n = 1; n <= count; n += 1) {
    worker.credit(n);
    const { taskId, type } = await worker.deliveries.next();
    served.push(of(taskId, type));
  }
  return served;
}

test('the most urgent work comes first, across queues and types; among equals, who came first', async () => {
  await using harness = await startHarness();
  const tasks = [
    { type: 'a', queue: 'p', priority: 300 },
    { type: 'b', queue: 'q', priority: 900 },
    { type: 'a', queue: 'q', priority: 500 },
    { type: 'b', queue: 'p', priority: 999 },
    { type: 'a', queue: 'p', priority: 0 },
  ];
  const ids = tasks.map((task) => harness.create(task));
  const [equal1, equal2] = [
    harness.create({ type: 'a', queue: 'p', priority: 1 }),
    harness.create({ type: 'a', queue: 'p', priority: 1 }),
  ];
  await queuedTasks(harness, 7);
  const worker = await harness.worker({ types: ['a', 'b'] });
  const order = await serve(worker, 7, (taskId) => taskId);
  assert.deepEqual(order, [ids[3], ids[1], ids[2], ids[0], equal1, equal2, ids[4]]);
});

test('a changed priority holds from the next dispatch on', async () => {
  await using harness = await startHarness();
  const [first, second] = [harness.create({ priority: 500 }), harness.create({ priority: 500 })];
  await queuedTasks(harness, 2);
  harness.management.publish(managementEvents.priorityChanged(second, 900));
  await eventually(async () => (await harness.rows('waiting')).some(({ priority }) => priority === 900));
  const worker = await harness.worker();
  assert.deepEqual(await serve(worker, 2, (taskId) => taskId), [second, first]);
});

test('one type with a long backlog does not starve the others: equals take turns', async () => {
  await using harness = await startHarness();
  harness.management.publish(...Array.from({ length: 500 }, () => managementEvents.created({ type: 'many' })));
  await queuedTasks(harness, 500);
  harness.create({ type: 'few' });
  harness.create({ type: 'few' });
  await queuedTasks(harness, 502);
  const worker = await harness.worker({ types: ['many', 'few'] });
  const types = await serve(worker, 5, (_, type) => type);
  assert.equal(types.filter((type) => type === 'few').length, 2, types.join());
});

test('a claim of many takes from every partition, not from the longest alone', async () => {
  await using harness = await startHarness();
  harness.management.publish(
    ...Array.from({ length: 200 }, () => managementEvents.created({ type: 'many' })),
    ...Array.from({ length: 5 }, () => managementEvents.created({ type: 'few' })),
  );
  await queuedTasks(harness, 205);
  const worker = await harness.worker({ types: ['many', 'few'], credit: 20 });
  const types = await Promise.all(Array.from({ length: 20 }, async () => (await worker.deliveries.next()).type));
  assert.equal(types.filter((type) => type === 'few').length, 5);
});

test('new work does not overtake work that waits in its partition', async () => {
  await using harness = await startHarness();
  const first = harness.create();
  await queuedTasks(harness, 1);
  const worker = await harness.worker({ credit: 1 });
  assert.equal((await worker.deliveries.next()).taskId, first);
  const second = harness.create();
  const third = harness.create();
  await queuedTasks(harness, 2);
  assert.deepEqual(await serveFrom(worker, 2, 2), [second, third]);
});

async function serveFrom(worker: TestWorker, from: number, count: number): Promise<string[]> {
  const served: string[] = [];
  for (let n = from; n < from + count; n += 1) {
    worker.credit(n);
    served.push((await worker.deliveries.next()).taskId);
  }
  return served;
}

test('a paused queue gives nothing, neither new work nor work that waits, until it is resumed', async () => {
  await using harness = await startHarness();
  const waiting = harness.create({ queue: 'held' });
  await queuedTasks(harness, 1);
  const paused = await harness.call('POST', '/api/v1/queues/held/pause');
  assert.equal(paused.body.paused, true);
  const worker = await harness.worker({ credit: 10 });
  const arriving = harness.create({ queue: 'held' });
  const elsewhere = harness.create({ queue: 'open' });
  assert.equal((await worker.deliveries.next()).taskId, elsewhere);
  await queuedTasks(harness, 2);
  await eventually(async () => {
    const { body } = await harness.call('GET', '/api/v1/queues/held');
    assert.deepEqual([body.depth, body.paused, body.running], [2, true, 0]);
    return true;
  });

  await harness.call('POST', '/api/v1/queues/held/resume');
  const given = [await worker.deliveries.next(), await worker.deliveries.next()].map(({ taskId }) => taskId);
  assert.deepEqual(given, [waiting, arriving]);
});

test('a limited queue never runs more than its limit, and goes on as soon as one ends', async () => {
  await using harness = await startHarness();
  assert.equal((await harness.call('PATCH', '/api/v1/queues/narrow', { concurrency: 2 })).status, 200);
  const worker = await harness.worker({ types: ['a', 'b'], credit: 100 });
  const ids = ['a', 'b', 'a', 'b', 'a', 'b'].map((type) => harness.create({ queue: 'narrow', type }));
  const done: string[] = [];
  const held = [await worker.deliveries.next(), await worker.deliveries.next()];
  while (held.length > 0) {
    assert.ok((await harness.rows('leased')).length <= 2);
    const delivery = held.shift();
    if (!delivery) break;
    await worker.complete(resultOf(delivery));
    done.push(delivery.taskId);
    if (done.length + held.length < ids.length) held.push(await worker.deliveries.next());
  }
  assert.deepEqual(done.sort(), [...ids].sort());
});

test('a limit counts what runs already, and taking it away lets all run', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ credit: 100 });
  harness.create({ queue: 'q' });
  await worker.deliveries.next();
  await harness.call('PATCH', '/api/v1/queues/q', { concurrency: 1 });
  const next = harness.create({ queue: 'q' });
  const other = harness.create({ queue: 'other' });
  assert.equal((await worker.deliveries.next()).taskId, other);
  assert.equal((await harness.rows('waiting')).length, 1);
  await harness.call('PATCH', '/api/v1/queues/q', { concurrency: null });
  assert.equal((await worker.deliveries.next()).taskId, next);
});

test('workers get only what they serve', async () => {
  await using harness = await startHarness();
  const picky = await harness.worker({ name: 'picky', types: ['a'], queues: ['q'], credit: 10 });
  const open = await harness.worker({ name: 'open', types: ['b'], credit: 10 });
  const forPicky = harness.create({ type: 'a', queue: 'q' });
  harness.create({ type: 'a', queue: 'other' });
  const forOpen = harness.create({ type: 'b', queue: 'other' });
  assert.equal((await picky.deliveries.next()).taskId, forPicky);
  assert.equal((await open.deliveries.next()).taskId, forOpen);
  await queuedTasks(harness, 1);
});

test('work is spread over the workers that are free', async () => {
  await using harness = await startHarness();
  const workers = await Promise.all(['a', 'b', 'c'].map((name) => harness.worker({ name, credit: 2 })));
  for (let n = 0; n < 6; n += 1) harness.create();
  for (const worker of workers) {
    await worker.deliveries.next();
    await worker.deliveries.next();
  }
  assert.equal((await harness.rows('leased')).length, 6);
});

test('queues, workers and metrics show what happens', async () => {
  await using harness = await startHarness();
  const worker = await harness.worker({ name: 'w1', queues: ['mail'], credit: 1, concurrency: 7 });
  harness.create({ queue: 'mail' });
  const delivery = await worker.deliveries.next();
  harness.create({ queue: 'mail' });
  await queuedTasks(harness, 1);
  await eventually(async () => {
    const [queue] = (await harness.call('GET', '/api/v1/queues')).body.items as Record<string, unknown>[];
    assert.deepEqual([queue?.name, queue?.depth, queue?.running, queue?.consumers], ['mail', 1, 1, 1]);
    return true;
  });
  const [seen] = (await harness.call('GET', '/api/v1/workers')).body.items as Record<string, unknown>[];
  assert.deepEqual([seen?.name, seen?.slots, seen?.connected], ['w1', { total: 7, busy: 1 }, true]);
  await worker.complete(resultOf(delivery));
  const metrics = await harness.telemetry.metrics.metrics();
  assert.match(metrics, /task_executions_total\{queue="mail",type="work",outcome="completed"\} 1/);
  assert.match(metrics, /task_duration_seconds_count\{queue="mail",type="work"\} 1/);
  assert.match(metrics, /worker_sessions\{connected="true"\} 1/);
});

test('a wrong limit and an unknown property are refused by name', async () => {
  await using harness = await startHarness();
  assert.equal((await harness.call('PATCH', '/api/v1/queues/q', { concurrency: 0 })).status, 422);
  const unknown = await harness.call('PATCH', '/api/v1/queues/q', { concurrency: 1, rate: 5 });
  assert.equal(unknown.status, 422);
  assert.equal((await harness.call('GET', '/api/v1/dead-letters?cursor=nonsense')).body.code, 'invalid_cursor');
});

test('health names the database once, beside the service that needs it', async () => {
  await using harness = await startHarness();
  const { body } = await harness.call('GET', '/health');
  assert.deepEqual(body.dependencies, { 'task-execution.database': { state: 'ok' } });
});

/** The next changes of a queue lose against another transaction, this often. */
async function loseChanges(harness: Harness, times: number): Promise<void> {
  await harness.sql('create sequence lost_changes');
  await harness.sql(`create function lose_change() returns trigger language plpgsql as $$ begin
    if nextval('lost_changes') <= ${times} then
      raise exception 'deadlock detected' using errcode = 'deadlock_detected';
    end if;
    return new;
  end $$`);
  await harness.sql('create trigger lose_change before insert on queues for each row execute function lose_change()');
}

for (const { method, path, body, shows } of [
  {
    method: 'PATCH',
    path: '/api/v1/queues/q',
    body: { concurrency: 3 },
    shows: { paused: false, limits: { concurrency: 3 } },
  },
  { method: 'POST', path: '/api/v1/queues/q/pause', body: {}, shows: { paused: true, limits: { concurrency: null } } },
  {
    method: 'POST',
    path: '/api/v1/queues/q/resume',
    body: {},
    shows: { paused: false, limits: { concurrency: null } },
  },
]) {
  test(`${method} ${path} that loses against another transaction is made again`, async () => {
    await using harness = await startHarness();
    await loseChanges(harness, 2);
    const answer = await harness.call(method, path, body);
    const { paused, limits } = answer.body;
    assert.deepEqual([answer.status, { paused, limits }], [200, shows]);
  });
}

test('a change of a queue that loses for ever is refused, and may be sent again', async () => {
  await using harness = await startHarness();
  await loseChanges(harness, 1_000);
  const response = await fetch(new URL('/api/v1/queues/q', harness.url), {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: '{"concurrency":3}',
  });
  const { code, retryable, outcome } = (await response.json()) as Record<string, unknown>;
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '1']);
  assert.deepEqual([code, retryable, outcome], ['unavailable', true, undefined]);
});
