import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@taskflow/kit-testing';
import { managementEvents } from '../testing/management-double.ts';
import { type Harness, startHarness } from '../testing/service-harness.ts';

/** What the database does not let happen to the tasks in `bad`: `insert` into or `delete` from a table. */
async function refuse(harness: Harness, event: 'insert' | 'delete', table: string, id = 'id'): Promise<void> {
  const row = event === 'insert' ? 'new' : 'old';
  await harness.sql('create table if not exists bad (id uuid)');
  await harness.sql(`create function refuse_${event}_${table}() returns trigger language plpgsql as $$ begin
    if exists (select from bad where bad.id = ${row}.${id}) then
      raise exception 'not this one' using errcode = 'check_violation';
    end if;
    return ${row};
  end $$`);
  await harness.sql(`create trigger refuse_${event} before ${event} on ${table} for each row
    execute function refuse_${event}_${table}()`);
}

async function spoil(harness: Harness, id: string): Promise<void> {
  await harness.sql('insert into bad values ($1::uuid)', [id]);
}

async function isolated(harness: Harness): Promise<Record<string, number>> {
  const text = await (await fetch(`${harness.url}/metrics`)).text();
  const lines = text.matchAll(/^ledger_isolated_total\{.*?what="([\w-]+)".*?\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, what = '', count]) => [what, Number(count)]));
}

async function stuckHealth(harness: Harness) {
  const { body } = await harness.call('GET', '/health');
  const dependencies = body['dependencies'] as Record<string, { state: string; detail: string } | undefined>;
  return dependencies['task-execution.stuck-work'];
}

async function failureOf(harness: Harness, taskId: string) {
  const failed = () => harness.management.ofType('task.failed').find(({ data }) => data.taskId === taskId);
  return (await eventually(() => failed()?.data)) as { reason: string; error: { code: string; message: string } };
}

/** Tasks of which a worker holds an attempt each. */
async function running(harness: Harness, count: number, task = {}) {
  const worker = await harness.worker({ credit: count });
  const ids = Array.from({ length: count }, () => harness.create(task));
  await eventually(async () => (await harness.rows('leased')).length === count);
  return { worker, ids };
}

const settings = { leaseMs: 1_000, heartbeatMs: 300 };

test('an attempt that cannot be rescued ends by name, its neighbours run elsewhere, and a retry begins it anew', async () => {
  await using harness = await startHarness({ settings });
  await refuse(harness, 'insert', 'waiting');
  const { worker, ids } = await running(harness, 5);
  const [, , bad = ''] = ids;
  await spoil(harness, bad);
  worker.vanish();
  const { reason, error } = await failureOf(harness, bad);
  assert.deepEqual([reason, error.code], ['terminal', 'execution_fault']);
  assert.match(error.message, /not this one/);
  const others = () => ids.filter((id) => harness.management.storyOf(id).includes('retry-scheduled'));
  await eventually(() => others().length === 4);
  assert.deepEqual([await harness.rows('leased'), await isolated(harness)], [[], { rescue: 1 }]);

  await harness.sql('delete from bad');
  harness.management.publish(managementEvents.retryRequested({ taskId: bad }));
  const next = await harness.worker({ credit: 10 });
  const given = new Set<string>();
  while (given.size < 5) given.add((await next.deliveries.next()).taskId);
  assert.ok(given.has(bad));
});

for (const [what, table] of [
  ['overdue', 'delayed'],
  ['stage', 'waiting'],
] as const) {
  test(`one task in the way of the sweep "${what}" ends by name, and the sweep goes on behind it`, async () => {
    await using harness = await startHarness({ settings: { overdueGraceMs: 1 } });
    await refuse(harness, 'insert', table);
    const timeout = what === 'overdue' ? { attemptMs: 500 } : undefined;
    const pause = what === 'overdue' ? 3_600_000 : 500;
    const retry = { maxAttempts: 3, backoff: 'fixed', initialMs: pause, maxMs: pause, jitter: 'none' };
    const { worker, ids } = await running(harness, 7, { retry, ...(timeout && { timeout }) });
    const [first = ''] = ids;
    await spoil(harness, first);
    if (what === 'stage') {
      const error = { code: 'c', message: 'm' };
      for (const id of ids) {
        const { lease } = await worker.deliveries.next();
        await worker.fail({ lease, taskId: id, class: 'retryable', error });
      }
    }
    assert.equal((await failureOf(harness, first)).error.code, 'execution_fault');
    await eventually(async () => (await harness.rows(table)).length === 6);
    assert.equal(harness.management.ofType('task.failed').length, 1);
    assert.deepEqual(Object.values(await isolated(harness)), [1]);
  });
}

for (const table of ['waiting', 'delayed'] as const) {
  test(`one task whose total timeout cannot be written (${table}) ends all the same`, async () => {
    await using harness = await startHarness();
    await refuse(harness, 'insert', 'dead_letters', 'task_id');
    const ids = Array.from({ length: 4 }, () => harness.create({ type: 'nobodys' }));
    await eventually(async () => (await harness.rows('waiting')).length === 4);
    const [, bad = ''] = ids;
    await spoil(harness, bad);
    if (table === 'delayed') {
      await harness.sql(`insert into delayed (tenant_id, id, seq, queue, type, priority, attempt, generation, due_at, payload)
        select tenant_id, id, seq, queue, type, priority, 2, generation, now() + interval '1 hour', payload from waiting`);
      await harness.sql('delete from waiting');
    }
    await harness.sql(`update ${table} set expires_at = taskflow_now()`);
    assert.equal((await failureOf(harness, bad)).error.code, 'execution_fault');
    await eventually(() => harness.management.ofType('task.failed').length === 4);
    await eventually(async () => (await harness.rows(table)).length === 0);
  });
}

test('what can neither be carried on nor ended is left alone, told of in health, and others go on', async () => {
  await using harness = await startHarness({ settings });
  await refuse(harness, 'delete', 'leased');
  const { worker, ids } = await running(harness, 3);
  const [bad = ''] = ids;
  await spoil(harness, bad);
  worker.vanish();
  await eventually(async () => (await harness.rows('waiting')).length === 2);
  const { state, detail } = (await eventually(() => stuckHealth(harness))) ?? assert.fail();
  assert.equal(state, 'failing');
  assert.ok(detail.includes(bad) && detail.includes('not this one'), detail);

  // Looks come twice a second: a later loss is rescued, and the stuck one is not tried again.
  const later = await harness.worker({ credit: 2 });
  await later.deliveries.next();
  await later.deliveries.next();
  later.vanish();
  await eventually(() => harness.management.ofType('worker.lost').length === 2);
  await eventually(async () => (await harness.rows('waiting')).length === 2);
  assert.deepEqual(await isolated(harness), { rescue: 1 });
});

test('a stuck task is in the way of no sweep', async () => {
  await using harness = await startHarness({ settings: { overdueGraceMs: 1 }, bounds: { sweepRows: 1 } });
  await refuse(harness, 'delete', 'leased');
  const { ids } = await running(harness, 3, { timeout: { attemptMs: 300 } });
  await spoil(harness, ids[0] ?? '');
  await eventually(async () => (await harness.rows('leased')).length === 1);
  assert.deepEqual(Object.values(await isolated(harness)), [1]);
});

test('a worker of whose loss no word can be written is lost without, and others after it', async () => {
  await using harness = await startHarness({ settings, bounds: { sessionsPerExpiry: 1 } });
  const { worker } = await running(harness, 1);
  // Longer than any entry of the stream may be.
  await harness.sql("update sessions set name = repeat('n', 9000000)");
  worker.vanish();
  const other = await harness.worker({ name: 'other' });
  other.vanish();
  await eventually(() => harness.management.ofType('worker.lost').some(({ data }) => data['worker'] === 'other'));
  await eventually(async () => (await harness.rows('waiting')).length === 1);
  assert.deepEqual(await harness.sql('select from sessions'), []);
});

test('a session that can not even end is left alone, and others expire', async () => {
  await using harness = await startHarness({ settings, bounds: { sessionsPerExpiry: 1 } });
  await refuse(harness, 'delete', 'sessions');
  const { worker } = await running(harness, 1);
  await spoil(harness, worker.session);
  worker.vanish();
  await eventually(() => stuckHealth(harness));
  const other = await harness.worker({ name: 'other' });
  other.vanish();
  await eventually(() => harness.management.ofType('worker.lost').some(({ data }) => data['worker'] === 'other'));
  assert.deepEqual(await isolated(harness), { 'expire-session': 1 });
});
