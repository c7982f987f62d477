import assert from 'node:assert/strict';
import { maxValueBytes } from '@taskflow/kit-messaging';
import { after, before, describe, test } from 'node:test';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';
import { tenant } from '../../../testing/execution-double.ts';
import { createReadingStore } from '../../infrastructure/postgres/reading-store.ts';
import { managementBounds } from '../bounds.ts';
import { createWorkflowReader } from '../queries/read-workflow.ts';

const work = (key: string): StepDefinition => ({ key, type: 'work' });
const each = (change: StepDefinition['each'] = {}, rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key: 'all',
  type: 'one',
  each: { over: { $from: 'input' }, ...change },
  payload: { item: { $from: 'item' } },
  ...rest,
});
const after_ = (payload?: unknown): StepDefinition => ({ key: 'after', type: 'work', dependsOn: ['all'], payload });
const whole = { $from: 'steps.all.result' };

for (const { title, forgets } of memories) {
  describe(`a fan-out ${title}`, () => {
    let w: WorkflowHarness;
    before(async () => {
      w = await openWorkflows({ forgets });
    });
    after(() => w[Symbol.asyncDispose]());

    const items = (workflow: Started, ...events: [number, unknown][]) =>
      w.apply(...events.map(([n, result]) => w.completed(workflow, `all/${n}`, result)));

    test('runs a task for each item, and gives the list of their results in order', async () => {
      const workflow = await w.start({ steps: [each(), after_(whole)] }, ['x', 'y', 'z']);
      assert.deepEqual(await w.rows(workflow), ['all running', 'all/0 queued', 'all/1 queued', 'all/2 queued']);
      assert.equal(await w.status(workflow), 'running');
      assert.deepEqual(JSON.parse((await w.row(workflow, 'all/1')).payload), { item: 'y' });
      const created = w.reported('task.created').find(({ taskId }) => taskId === workflow.task('all/2'));
      assert.deepEqual(created?.workflow, { workflowId: workflow.id, name: 'wf', step: 'all', role: 'item', item: 2 });
      w.news();
      await items(workflow, [2, 'c'], [0, 'a']);
      assert.deepEqual(w.news(), []);
      await items(workflow, [1, 'b']);
      assert.deepEqual(w.news(), ['workflow.step-settled all', 'task.created after']);
      assert.equal((await w.row(workflow, 'after')).payload, '["a","b","c"]');
    });

    test('is decided from its rows where a transaction has changed it that memory did not see', async () => {
      const workflow = await w.start({ steps: [each()] }, ['x', 'y', 'z']);
      await w.storage.sql("update tasks set status = 'completed', result = '0' where id = $1", [
        workflow.task('all/0'),
      ]);
      await w.storage.sql('update fan_outs set completed = 1, revision = revision + 1 where workflow_id = $1', [
        workflow.id,
      ]);
      await items(workflow, [1, 1], [2, 2]);
      assert.equal(await w.status(workflow), 'completed');
      assert.equal((await w.row(workflow, 'all')).result, '[0,1,2]');
      assert.deepEqual(await w.storage.sql('select * from fan_outs where workflow_id = $1', [workflow.id]), []);
    });

    test('over nothing completes at once', async () => {
      const workflow = await w.start({ steps: [each(), after_(whole)] }, []);
      assert.deepEqual(await w.rows(workflow), ['after queued', 'all completed']);
      assert.equal((await w.row(workflow, 'after')).payload, '[]');
    });

    test('has no more items at work than allowed', async () => {
      const workflow = await w.start({ steps: [each({ concurrency: 2 })] }, [1, 2, 3, 4]);
      const queued = async () => (await w.rows(workflow)).filter((row) => /\/\d+ queued/.test(row));
      assert.deepEqual(await queued(), ['all/0 queued', 'all/1 queued']);
      w.news();
      await items(workflow, [1, 0]);
      assert.deepEqual(await queued(), ['all/0 queued', 'all/2 queued']);
      assert.deepEqual(w.news(), ['task.created all/2']);
      const reported = w.reported('task.created').at(-1);
      assert.deepEqual([reported?.payload, reported?.taskId], [{ item: 3 }, workflow.task('all/2')]);
      await items(workflow, [0, 0], [2, 0]);
      assert.deepEqual(await queued(), ['all/3 queued']);
      await items(workflow, [3, 0]);
      assert.equal(await w.status(workflow), 'completed');
    });

    test('tolerates as many failures as it may, and no more', async () => {
      const step = each({ tolerate: 1, concurrency: 2 });
      const tolerant = await w.start({ steps: [step, after_(whole)] }, [1, 2, 3]);
      await w.apply(w.failed(tolerant, 'all/0'), w.completed(tolerant, 'all/1', 'b'));
      await items(tolerant, [2, 'c']);
      assert.equal((await w.row(tolerant, 'after')).payload, '[null,"b","c"]');

      const broken = await w.start({ steps: [step, after_()] }, [1, 2, 3, 4, 5]);
      await w.apply(w.failed(broken, 'all/0'));
      await w.apply(w.failed(broken, 'all/1'));
      assert.equal(await w.status(broken), 'running', 'an item is still at work');
      await w.apply(w.completed(broken, 'all/2'));
      const { status, error } = await w.header(broken);
      assert.deepEqual([status, JSON.parse(error ?? '').code], ['failed', 'items_failed']);
      assert.deepEqual(await w.rows(broken), [
        'all failed',
        'all/0 failed',
        'all/1 failed',
        'all/2 completed',
        'all/3 skipped',
        'all/4 skipped',
      ]);
    });

    test('ends early with its workflow: items that run go on, others never start', async () => {
      const other: StepDefinition = { key: 'other', type: 'work' };
      const workflow = await w.start({ steps: [each({ concurrency: 1 }), other] }, [1, 2]);
      await w.apply(w.failed(workflow, 'other'));
      assert.deepEqual(await w.rows(workflow), ['all running', 'all/0 queued', 'all/1 skipped', 'other failed']);
      await items(workflow, [0, 1]);
      assert.deepEqual((await w.rows(workflow))[0], 'all cancelled');
    });

    test('is cancelled with its workflow', async () => {
      const workflow = await w.start({ steps: [each({ concurrency: 2 })] }, [1, 2, 3]);
      w.news();
      await w.command(workflow, { kind: 'cancel-workflow' });
      assert.deepEqual(w.news(), ['task.cancel-requested', 'task.cancel-requested']);
      await w.apply(w.cancelled(workflow, 'all/0'), w.cancelled(workflow, 'all/1'));
      assert.equal(await w.status(workflow), 'cancelled');
      const rows = await w.rows(workflow);
      assert.deepEqual(rows, ['all cancelled', 'all/0 cancelled', 'all/1 cancelled', 'all/2 skipped']);
    });

    test('is undone as a whole, also when it failed after some of it was done', async () => {
      const compensation = { type: 'undo', payload: { done: whole } };
      const steps = [each({}, { compensation }), { key: 'last', type: 'work', dependsOn: ['all'] }];
      const done = await w.start({ steps }, [1, 2]);
      await items(done, [0, 'a'], [1, 'b']);
      await w.apply(w.failed(done, 'last'));
      assert.deepEqual(JSON.parse((await w.row(done, 'all/compensation')).payload), { done: ['a', 'b'] });
      const half = await w.start({ steps }, [1, 2]);
      await items(half, [0, 'a']);
      await w.apply(w.failed(half, 'all/1'));
      assert.deepEqual(JSON.parse((await w.row(half, 'all/compensation')).payload), { done: null });
      const none = await w.start({ steps }, [1]);
      await w.apply(w.failed(none, 'all/0'));
      assert.equal(await w.status(none), 'failed');
    });

    test('over what is no list, or over too much, fails its step', async () => {
      const codes = [];
      for (const input of [{ a: 1 }, Array(10_001).fill(0)]) {
        const workflow = await w.start({ steps: [each()] }, input);
        codes.push(JSON.parse((await w.header(workflow)).error ?? '').code);
      }
      assert.deepEqual(codes, ['invalid_items', 'too_many_items']);
    });

    test('whose results are too large together fails its step', async () => {
      const workflow = await w.start({ steps: [each()] }, Array(9).fill(0));
      const large = 'x'.repeat(1_000_000);
      for (let i = 0; i < 9; i += 1) await items(workflow, [i, large]);
      const { status, error } = await w.header(workflow);
      assert.deepEqual([status, JSON.parse(error ?? '').code], ['failed', 'result_too_large']);
    });

    test('takes its items from its prepare task', async () => {
      await w.register('prepared', { steps: [{ key: 'all', type: 'one', each: { concurrency: 1 }, mapped: true }] });
      const workflow = await w.start('prepared');
      const created = w.reported('task.created').at(-1);
      assert.deepEqual([created?.type, created?.maxResultBytes], ['taskflow.prepare/prepared@1', maxValueBytes]);
      await w.apply(w.completed(workflow, 'all/prepare', { items: [{ n: 1 }, { n: 2 }] }));
      assert.deepEqual(await w.rows(workflow), [
        'all running',
        'all/0 queued',
        'all/1 blocked',
        'all/prepare completed',
      ]);
      assert.equal((await w.row(workflow, 'all/1')).payload, '{"n":2}');
    });

    test('goes on with as many items after a pause as may be at work', async () => {
      const workflow = await w.start({ steps: [each({ concurrency: 2 })] }, [1, 2, 3, 4]);
      await w.command(workflow, { kind: 'pause-workflow' });
      await items(workflow, [0, 1], [1, 2]);
      assert.deepEqual(
        (await w.rows(workflow)).filter((row) => row.endsWith('queued')),
        [],
      );
      await w.command(workflow, { kind: 'resume-workflow' });
      assert.deepEqual(
        (await w.rows(workflow)).filter((row) => row.endsWith('queued')),
        ['all/2 queued', 'all/3 queued'],
      );
    });

    test('runs again as a whole, with fewer items than before', async () => {
      await w.register('again', {
        steps: [{ key: 'all', type: 'one', each: { concurrency: 2 }, mapped: true }],
      });
      const workflow = await w.start('again');
      await w.apply(w.completed(workflow, 'all/prepare', { items: [1, 2, 3] }));
      await w.apply(w.completed(workflow, 'all/0'), w.failed(workflow, 'all/1'));
      await w.apply(w.completed(workflow, 'all/2'));
      assert.equal(await w.status(workflow), 'failed');
      w.news();
      assert.deepEqual(await w.command(workflow, { kind: 'retry-workflow' }), { kind: 'granted' });
      await w.apply(w.completed(workflow, 'all/prepare', { items: [7, 8] }, 2));
      assert.deepEqual(await w.rows(workflow), [
        'all running',
        'all/0 queued',
        'all/1 queued',
        'all/2 completed',
        'all/prepare completed',
      ]);
      assert.deepEqual(w.news(), [
        'workflow.retried',
        'task.retry-requested all/prepare',
        'workflow.step-waiting all',
        'task.retry-requested all/0',
        'task.retry-requested all/1',
      ]);
      await w.apply(w.completed(workflow, 'all/0', 'a', 2), w.completed(workflow, 'all/1', 'b', 2));
      const { status, output } = await w.header(workflow);
      assert.deepEqual([status, output], ['completed', '{"all":["a","b"]}']);
    });
  });
}

test('what fan-outs bring at once is spread over transactions, each within its bounds', async () => {
  const rows = 100;
  await using w = await openWorkflows({ bounds: { ...managementBounds, rows } });
  const steps: StepDefinition[] = [{ key: 'a', type: 'work' }];
  for (let i = 0; i < 5; i += 1) {
    steps.push({ key: `all${i}`, type: 'one', each: { over: { $from: 'input' } }, dependsOn: ['a'] });
  }
  const workflow = await w.start({ steps }, Array(60).fill(0));
  const sizes = () =>
    w.storage.published.map(({ events }) => events.filter(({ type }) => type.includes('task.')).length);
  const before = sizes().length;
  await w.apply(w.completed(workflow, 'a'));
  const items = (await w.rows(workflow)).filter((row) => row.endsWith('queued')).length;
  assert.equal(items, 300);
  const transactions = sizes().slice(before);
  assert.ok(transactions.length >= 300 / rows, String(transactions));
  assert.ok(
    transactions.every((size) => size <= rows),
    String(transactions),
  );
  const events = [0, 1, 2, 3, 4].flatMap((i) =>
    Array.from({ length: 60 }, (_, item) => w.completed(workflow, `all${i}/${item}`, item)),
  );
  await w.apply(...events);
  assert.equal(await w.status(workflow), 'completed');
});

for (const { title, forgets } of memories) {
  describe(`a fan-out that is too much for one transaction, of a workflow ${title}`, () => {
    const large = 'x'.repeat(100_000);
    const steps: StepDefinition[] = [
      { key: 'a', type: 'work' },
      {
        key: 'all',
        type: 'one',
        dependsOn: ['a'],
        each: { over: { $from: 'input.list' }, tolerate: 0 },
        payload: { n: { $from: 'item' }, large: { $from: 'input.large' } },
      },
    ];
    const input = { large, list: Array.from({ length: 100 }, (_, n) => n) };
    const itemsOf = async (w: WorkflowHarness, workflow: Started) =>
      (await w.rows(workflow)).filter((row) => row.startsWith('all/'));

    test('begins in several transactions, each with no more bytes than it may have', async () => {
      await using w = await openWorkflows({ forgets });
      const workflow = await w.start({ steps }, input);
      const before = w.storage.published.length;
      await w.apply(w.completed(workflow, 'a'));
      const entries = w.storage.published.slice(before).map(({ events }) => JSON.stringify(events).length);
      assert.ok(entries.length > 2, String(entries.length));
      for (const bytes of entries) assert.ok(bytes <= managementBounds.bytes * 1.1, String(bytes));
      assert.equal((await itemsOf(w, workflow)).length, 100);
      assert.deepEqual(await w.storage.sql('select * from waits'), []);
      const payloads = await w.storage.sql<{ n: number }>(
        "select (payload::json ->> 'n')::int as n from tasks where step like 'all/%' order by split_part(step, '/', 2)::int",
      );
      assert.deepEqual(
        payloads.map(({ n }) => n),
        input.list,
      );
      await w.apply(...input.list.map((n) => w.completed(workflow, `all/${n}`, n)));
      assert.equal(await w.status(workflow), 'completed');
    });

    test('goes on where the transactions were interrupted', async () => {
      await using w = await openWorkflows({ forgets });
      const workflow = await w.start({ steps }, input);
      await w.storage.apply(w.completed(workflow, 'a'));
      const some = (await itemsOf(w, workflow)).length;
      assert.ok(some > 0 && some < 100, String(some));
      w.storage.cache.clear();
      await w.fire();
      assert.equal((await itemsOf(w, workflow)).length, 100);
    });

    test('gets no more items once one of them failed for good', async () => {
      await using w = await openWorkflows({ forgets });
      const workflow = await w.start({ steps }, input);
      await w.storage.apply(w.completed(workflow, 'a'));
      const some = (await itemsOf(w, workflow)).length;
      await w.storage.apply(w.failed(workflow, 'all/0'));
      assert.deepEqual(await w.storage.sql('select * from waits'), []);
      const others = Array.from({ length: some - 1 }, (_, n) => w.completed(workflow, `all/${n + 1}`));
      await w.apply(...others);
      assert.equal((await itemsOf(w, workflow)).length, some);
      assert.equal(await w.status(workflow), 'failed');
    });

    test('gets its rows during a pause and starts them after it', async () => {
      await using w = await openWorkflows({ forgets });
      const workflow = await w.start({ steps }, input);
      await w.storage.apply(w.completed(workflow, 'a'));
      const some = (await itemsOf(w, workflow)).length;
      await w.command(workflow, { kind: 'pause-workflow' });
      const held = await itemsOf(w, workflow);
      assert.equal(held.length, 100);
      assert.equal(held.filter((row) => row.endsWith('blocked')).length, 100 - some);
      const before = w.storage.published.length;
      await w.command(workflow, { kind: 'resume-workflow' });
      assert.ok((await itemsOf(w, workflow)).every((row) => row.endsWith('queued')));
      const entries = w.storage.published.slice(before).map(({ events }) => JSON.stringify(events).length);
      for (const bytes of entries) assert.ok(bytes <= managementBounds.bytes * 1.1, String(bytes));
    });
  });
}

describe('a fan-out as its workflow shows it', () => {
  const view = async (w: WorkflowHarness, { id }: Started, itemRows?: number) => {
    const { database, statements, graphs } = w.storage;
    const limit = itemRows === undefined ? {} : { itemRows };
    const reader = createWorkflowReader({ reading: createReadingStore(database, statements, limit), graphs });
    const found = await reader.view(tenant, id);
    assert.ok(found);
    return found.steps.find(({ key }) => key === 'all')?.items;
  };
  const steps = [work('a'), each({ over: { $from: 'input' } }, { dependsOn: ['a'] })];

  test('has all its items before all of them have rows', async () => {
    await using w = await openWorkflows({ bounds: { rows: 10 } });
    const workflow = await w.start({ steps }, Array(30).fill(0));
    await w.storage.apply(w.completed(workflow, 'a'));
    const some = (await w.rows(workflow)).filter((row) => row.startsWith('all/')).length;
    assert.ok(some > 0 && some < 30, String(some));
    const items = await view(w, workflow);
    assert.deepEqual([items?.total, items?.blocked, items?.completed], [30, 30 - some, 0]);
  });

  test('has its items counted while the workflow has fewer rows than may be looked at', async () => {
    await using w = await openWorkflows();
    const workflow = await w.start({ steps }, Array(10).fill(0));
    await w.apply(w.completed(workflow, 'a'), w.completed(workflow, 'all/0'));
    const rows = 1 + 1 + 10;
    assert.equal((await view(w, workflow, rows + 1))?.total, 10);
    assert.equal(await view(w, workflow, rows), undefined);
  });
});
