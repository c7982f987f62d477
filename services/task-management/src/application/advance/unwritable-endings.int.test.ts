import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DatabaseError } from '@taskflow/kit-postgres';
import { tenant } from '../../../testing/execution-double.ts';
import { aTask, completion, openStorage, sourceIdentity } from '../../../testing/storage-harness.ts';
import { openWorkflows } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';

const work = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  ...rest,
});

describe('an ending that cannot be written', () => {
  const bad = '\0';

  test('parks its task, which a retry runs again and a cancel ends', async () => {
    await using storage = await openStorage();
    const [first, second, healthy] = [aTask(), aTask(), aTask()];
    await storage.creation.submit({ tenantId: tenant, tasks: [first, second, healthy] });
    await storage.apply(completion(first.id, bad), completion(healthy.id), completion(second.id, bad));
    const rows = await storage.sql<Record<string, unknown>>(
      'select id, status, error, result, stuck_at is not null as since from tasks order by id',
    );
    const rowOf = (id: string) => rows.find((row) => row.id === id);
    assert.equal(rowOf(healthy.id)?.status, 'completed');
    assert.deepEqual([rowOf(first.id)?.status, rowOf(first.id)?.since], ['stuck', true]);
    assert.match(String(rowOf(first.id)?.error), /"code":"not_applied".*could not be written.*22021/);
    assert.deepEqual(
      storage.records.flatMap(({ parkedTasks }) => parkedTasks.map(({ id }) => id)).sort(),
      [first.id, second.id].sort(),
    );
    const command = (taskId: string, kind: 'retry' | 'cancel') =>
      storage.advance.submit({ kind: 'command-task', tenantId: tenant, taskId, command: { kind } });
    assert.deepEqual(await command(first.id, 'retry'), { kind: 'granted' });
    assert.deepEqual(await command(second.id, 'cancel'), { kind: 'granted' });
    const after = await storage.sql<Record<string, unknown>>(
      'select id, status, generation, error is null as clean, stuck_at, finished_at is not null as ended from tasks',
    );
    const after1 = after.find(({ id }) => id === first.id);
    const after2 = after.find(({ id }) => id === second.id);
    assert.deepEqual([after1?.status, after1?.generation, after1?.clean, after1?.stuck_at], ['queued', 2, true, null]);
    assert.deepEqual(
      [after2?.status, after2?.generation, after2?.ended, after2?.stuck_at],
      ['cancelled', 1, true, null],
    );
    await storage.apply(completion(first.id, '"again"', 2));
    const [done] = await storage.sql<Record<string, unknown>>('select status, result from tasks where id = $1', [
      first.id,
    ]);
    assert.deepEqual([done?.status, done?.result], ['completed', '"again"']);
  });

  test('of a step parks its workflow, and a retry takes the step for failed, its outcome unknown', async () => {
    await using w = await openWorkflows();
    const sick = await w.start({ steps: [work('a', [], { compensation: { type: 'undo' } }), work('b', ['a'])] });
    await w.apply({ ...w.completed(sick, 'a'), event: { kind: 'completed', attempt: 1, result: bad, finishedAt: 5 } });
    const header = await w.header(sick);
    assert.deepEqual([header.status, header.stuck_from], ['stuck', 'running']);
    assert.match(String(header.stuck_error), /could not be written/);
    assert.deepEqual(await w.rows(sick), ['a failed']);
    await w.command(sick, { kind: 'retry-workflow' });
    assert.equal(await w.status(sick), 'compensating');
    assert.deepEqual(await w.rows(sick), ['a failed', 'a/compensation queued']);
  });

  test('is no ending: what is merely said of a task that runs is left out', async () => {
    await using storage = await openStorage();
    const task = aTask();
    await storage.creation.submit({ tenantId: tenant, tasks: [task] });
    const progress = { ...completion(task.id), event: { kind: 'progressed', attempt: 1, progress: bad } as const };
    await storage.apply(progress, completion(task.id, '1'));
    await storage.apply({ ...progress, taskId: task.id });
    const [row] = await storage.sql<Record<string, unknown>>('select status, result from tasks');
    assert.deepEqual([row?.status, row?.result], ['completed', '1']);
  });
});

test('the position never moves past events that were lost to a fault that passes while others were looked for', async () => {
  let transactions = 0;
  const advanceStore = (store: AdvanceStore): AdvanceStore => ({
    ...store,
    transaction: (work_, emits) => {
      transactions += 1;
      // The first half, once: after the whole was refused.
      const lost = transactions === 2;
      return lost ? Promise.reject(new DatabaseError('gone', { sqlstate: '42P01' })) : store.transaction(work_, emits);
    },
  });
  await using storage = await openStorage({ advanceStore });
  const tasks = [aTask(), aTask(), aTask(), aTask()];
  await storage.creation.submit({ tenantId: tenant, tasks });
  const events = tasks.map(({ id }, i) => completion(id, i === 3 ? '\0' : 'null'));
  const move = { source: 'task-execution', stream: 0, from: 0, to: 1, logIdentity: sourceIdentity };
  const apply = () => storage.advance.submit({ kind: 'apply-execution-events', move, events });
  await assert.rejects(apply(), /gone/);
  assert.deepEqual(await storage.sql('select * from positions'), []);
  assert.deepEqual(await storage.sql("select * from tasks where status <> 'queued'"), []);
  await apply();
  const rows = await storage.sql<{ status: string }>('select status from tasks order by id');
  assert.deepEqual(rows.map(({ status }) => status).sort(), ['completed', 'completed', 'completed', 'stuck']);
});

test('a position that has moved says nothing about the events: nothing is parked, nothing applied', async () => {
  await using w = await openWorkflows();
  const workflow = await w.start({ steps: [work('a'), work('b', ['a'])] });
  await w.apply();
  const move = { source: 'task-execution', stream: 0, from: 0, to: 5, logIdentity: sourceIdentity };
  const events = [w.completed(workflow, 'a'), w.completed(workflow, 'b')];
  await assert.rejects(w.storage.advance.submit({ kind: 'apply-execution-events', move, events }), {
    code: 'position_moved',
  });
  assert.deepEqual(await w.rows(workflow), ['a queued']);
});

describe('a fault that may pass', () => {
  const faults = [
    new DatabaseError('shutting down', { sqlstate: '57P01' }),
    new DatabaseError('disk full', { sqlstate: '53100' }),
    new DatabaseError('no such table', { sqlstate: '42P01' }),
    new DatabaseError('deadlock', { sqlstate: '40P01' }),
  ];
  for (const fault of faults) {
    test(`parks nothing: ${fault.message}`, async () => {
      let broken = 0;
      const advanceStore = (store: AdvanceStore): AdvanceStore => ({
        ...store,
        transaction: (work_, emits) => {
          broken -= 1;
          return broken >= 0 ? Promise.reject(fault) : store.transaction(work_, emits);
        },
      });
      await using w = await openWorkflows({ advanceStore });
      const workflow = await w.start({ steps: [work('a'), work('b', ['a'])] });
      broken = 1;
      const executionEvent = w.completed(workflow, 'a');
      const move = { source: 'task-execution', stream: 0, from: 0, to: 1, logIdentity: sourceIdentity };
      const apply = () => w.storage.advance.submit({ kind: 'apply-execution-events', move, events: [executionEvent] });
      await apply().catch(apply);
      assert.deepEqual(await w.rows(workflow), ['a completed', 'b queued']);
      assert.equal(await w.status(workflow), 'running');
    });
  }
});
