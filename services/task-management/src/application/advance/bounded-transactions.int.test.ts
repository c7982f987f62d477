import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tenant } from '../../../testing/execution-double.ts';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import { aTask, completion } from '../../../testing/storage-harness.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';
import type { FireWaits } from './advance-command.ts';

const work = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  ...rest,
});
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Tasks that each entry announced since `from`. */
function announced(w: WorkflowHarness, from: number, type = /task\.(created|retry-requested)/): number[] {
  const entries = w.storage.published.slice(from).map(({ events }) => events.filter((event) => type.test(event.type)));
  return entries.map(({ length }) => length).filter((length) => length > 0);
}

interface WaitRow {
  readonly tenant_id: string;
  readonly workflow_id: string;
  readonly step: string;
}

const waitKey = ({ tenant_id: tenantId, workflow_id: workflowId, step }: WaitRow) => ({ tenantId, workflowId, step });

for (const { title, forgets } of memories) {
  describe(`what is too much for one transaction, of a workflow ${title}`, () => {
    const rows = 10;
    const bounds = { rows };

    test('steps that follow one begin in several transactions, none with more rows than it may have', async () => {
      for (const [followers, transactions] of [
        [rows, 1],
        [rows + 1, 2],
        [3 * rows, 5],
      ] as const) {
        await using w = await openWorkflows({ forgets, bounds });
        const keys = numbers(followers).map((i) => `s${i}`);
        const workflow = await w.start({ steps: [work('a'), ...keys.map((key) => work(key, ['a']))] });
        const from = w.storage.published.length;
        await w.apply(w.completed(workflow, 'a'));
        const sizes = announced(w, from);
        assert.equal(sizes.length, transactions, String(sizes));
        assert.ok(Math.max(...sizes) <= rows, String(sizes));
        assert.equal((await w.rows(workflow)).filter((row) => row.endsWith('queued')).length, followers);
        await w.apply(...keys.map((key) => w.completed(workflow, key)));
        assert.equal(await w.status(workflow), 'completed');
      }
    });

    test('steps that are prepared, and steps that are started again, do likewise', async () => {
      await using w = await openWorkflows({ forgets, bounds });
      const keys = numbers(2 * rows).map((i) => `s${i}`);
      await w.register('mapped', {
        steps: keys.map((key) => ({ key, waitForEvent: { event: 'e', timeout: 60_000 }, mapped: true })),
      });
      const workflow = await w.start('mapped');
      await w.apply(...keys.map((key) => w.completed(workflow, `${key}/prepare`, { key: 'k' })));
      assert.equal((await w.rows(workflow)).filter((row) => row.endsWith(' running')).length, keys.length);
      await w.command(workflow, { kind: 'cancel-workflow' });
      const from = w.storage.published.length;
      await w.command(workflow, { kind: 'retry-workflow' });
      const sizes = announced(w, from);
      assert.ok(Math.max(...sizes) <= rows, String(sizes));
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        keys.length,
      );
    });

    test('compensations begin in several transactions, and the workflow is not compensated before', async () => {
      await using w = await openWorkflows({ forgets, bounds });
      const keys = numbers(2 * rows + 1).map((i) => `s${i}`);
      const steps = keys.map((key) => work(key, [], { compensation: { type: 'undo' } }));
      const workflow = await w.start({ steps: [...steps, work('bad')] });
      await w.apply(...keys.map((key) => w.completed(workflow, key)));
      await w.storage.apply(w.failed(workflow, 'bad'));
      const compensating = async () => (await w.rows(workflow)).filter((row) => row.endsWith('/compensation queued'));
      const first = await compensating();
      assert.equal(first.length, rows);
      await w.storage.apply(...first.map((row) => w.completed(workflow, row.split(' ')[0] ?? '')));
      assert.equal(await w.status(workflow), 'compensating');
      await w.fire();
      await w.apply(...(await compensating()).map((row) => w.completed(workflow, row.split(' ')[0] ?? '')));
      await w.apply(...(await compensating()).map((row) => w.completed(workflow, row.split(' ')[0] ?? '')));
      assert.equal(await w.status(workflow), 'compensated');
    });

    test('children are asked to end in several transactions', async () => {
      await using w = await openWorkflows({ forgets, bounds: { rows: 40 } });
      await w.register('leaf', { steps: [work('inner')] });
      await w.register('mid', {
        steps: numbers(6).map((i) => ({ key: `m${i}`, child: { definition: 'leaf' } })),
      });
      const root = await w.start({ steps: numbers(6).map((i) => ({ key: `r${i}`, child: { definition: 'mid' } })) });
      const before = w.storage.records.length;
      await w.command(root, { kind: 'cancel-workflow', reason: 'enough' });
      assert.ok(w.storage.records.length - before > 6, `${w.storage.records.length - before} transactions`);
      const live = await w.storage.sql<{ id: string }>(
        "select id from tasks where status = 'queued' and cancel_requested",
      );
      assert.equal(live.length, 36, 'every task of every leaf is asked to end');
      const reported = w.reported('task.cancel-requested').length;
      assert.equal(reported, 36, 'each once');
      const events = live.map(({ id }) => completion(id));
      for (let i = 0; i < events.length; i += 4) await w.apply(...events.slice(i, i + 4));
      const open = await w.storage.sql("select * from workflows where status in ('running', 'waiting')");
      assert.deepEqual(open, []);
    });

    test('tasks are asked to end, and items that never start are closed, in several transactions', async () => {
      const many = { cancelledTasks: 30, closedItems: 10 };
      await using w = await openWorkflows({ forgets, bounds: many });
      const over = numbers(35);
      const workflow = await w.start({
        steps: [work('wide', [], { each: { over } }), work('narrow', [], { each: { over, concurrency: 2 } })],
      });
      const cancel = { kind: 'cancel-workflow', tenantId: tenant, workflowId: workflow.id, reason: 'enough' } as const;
      await w.storage.advance.submit(cancel);
      const counts = async () => {
        const [row] = await w.storage.sql<{ asked: number; closed: number }>(
          "select count(*) filter (where cancel_requested)::int as asked, count(*) filter (where status = 'skipped')::int as closed from tasks",
        );
        return [row?.asked, row?.closed];
      };
      const [asked = 0, closed = 0] = await counts();
      assert.ok(asked > 0 && asked <= 30 && closed <= 10, `${asked} asked, ${closed} closed`);
      const kinds = async () =>
        (await w.storage.sql<{ kind: string }>('select kind from waits order by kind')).map(({ kind }) => kind);
      assert.deepEqual(await kinds(), ['cancel-tasks', 'close']);
      w.storage.cache.clear();
      await w.fire();
      assert.deepEqual(await counts(), [37, 33]);
      assert.deepEqual(await kinds(), []);
      assert.equal(w.reported('task.cancel-requested').length, 37, 'each once');
      const live = await w.storage.sql<{ step: string }>("select step from tasks where status = 'queued'");
      await w.apply(...live.map(({ step }) => w.cancelled(workflow, step)));
      assert.equal(await w.status(workflow), 'cancelled');
      assert.deepEqual(await w.command(workflow, { kind: 'retry-workflow' }), { kind: 'granted' });
      const again = await w.storage.sql("select * from tasks where status = 'queued' and generation = 2");
      assert.equal(again.length, 37);
    });

    test('a transaction that may look at hardly any tasks asks some of each workflow all the same', async () => {
      await using w = await openWorkflows({ forgets, bounds: { cancelledTasks: 1, cancelledPerWorkflow: 3 } });
      const workflow = await w.start({ steps: [work('wide', [], { each: { over: numbers(7) } })] });
      const cancel = { kind: 'cancel-workflow', tenantId: tenant, workflowId: workflow.id } as const;
      await w.storage.advance.submit(cancel);
      const asked = () => w.reported('task.cancel-requested').length;
      assert.equal(asked(), 2, 'one of the three rows is that of the step, which nobody carries out');
      await w.fire();
      assert.equal(asked(), 7);
    });

    test('a retry waits for what is still to be closed, and no page after it asks its tasks to end', async () => {
      await using w = await openWorkflows({ forgets, bounds: { cancelledTasks: 20, closedItems: 3 } });
      const over = numbers(30);
      const workflow = await w.start({
        steps: [work('wide', [], { each: { over } }), work('narrow', [], { each: { over, concurrency: 1 } })],
      });
      const ask = (kind: 'cancel-workflow' | 'retry-workflow') =>
        w.storage.advance.submit({ kind, tenantId: tenant, workflowId: workflow.id });
      await ask('cancel-workflow');
      const live = await w.storage.sql<{ step: string }>("select step from tasks where status = 'queued'");
      await w.storage.apply(...live.map(({ step }) => w.cancelled(workflow, step)));
      assert.equal(await w.status(workflow), 'cancelled');
      const refused = await ask('retry-workflow');
      assert.deepEqual([refused.kind, 'refusal' in refused && refused.refusal], ['refused', 'not_finished']);
      const waits = "select tenant_id, workflow_id, step from waits where kind = 'close'";
      for (let left = await w.storage.sql<WaitRow>(waits); left.length > 0; left = await w.storage.sql(waits)) {
        await w.storage.advance.submit({ kind: 'fire-waits', waits: left.map(waitKey) });
      }
      assert.deepEqual(await ask('retry-workflow'), { kind: 'granted' });
      await w.fire();
      assert.deepEqual(await w.storage.sql("select * from tasks where status = 'queued' and cancel_requested"), []);
    });

    test('a cancel asks all tasks to end, also where one before the last retry had not come to its end', async () => {
      await using w = await openWorkflows({ forgets, bounds: { cancelledTasks: 20 } });
      const keys = numbers(70).map((i) => `s${i}`);
      const workflow = await w.start({ steps: keys.map((key) => work(key)) });
      const ask = (kind: 'cancel-workflow' | 'retry-workflow') =>
        w.storage.advance.submit({ kind, tenantId: tenant, workflowId: workflow.id });
      await ask('cancel-workflow');
      const [due] = await w.storage.sql<WaitRow>("select * from waits where kind = 'cancel-tasks'");
      await w.storage.advance.submit({ kind: 'fire-waits', waits: [waitKey(due as WaitRow)] });
      for (const some of [keys.slice(0, 35), keys.slice(35)]) {
        await w.storage.apply(...some.map((key) => w.cancelled(workflow, key)));
      }
      assert.equal(await w.status(workflow), 'cancelled');
      assert.deepEqual(await ask('retry-workflow'), { kind: 'granted' });
      await ask('cancel-workflow');
      await w.fire();
      const live = await w.storage.sql("select * from tasks where status = 'queued' and not cancel_requested");
      assert.deepEqual(live, []);
    });

    test('results of fan-outs are put together in several transactions', async () => {
      await using w = await openWorkflows({ forgets, bounds: { joinedBytes: 100, joinedItems: 1_000 } });
      const each = (key: string) => work(key, [], { each: { over: [1, 2] } });
      const workflow = await w.start({ steps: ['x', 'y', 'z'].map(each) });
      const large = 'x'.repeat(60);
      await w.storage.apply(
        ...['x', 'y', 'z'].flatMap((key) => [0, 1].map((i) => w.completed(workflow, `${key}/${i}`, large))),
      );
      const settled = async () => (await w.rows(workflow)).filter((row) => /^[xyz] completed$/.test(row)).length;
      assert.equal(await settled(), 1);
      await w.fire();
      assert.equal(await settled(), 3);
      const output = { x: [large, large], y: [large, large], z: [large, large] };
      assert.deepEqual(JSON.parse((await w.header(workflow)).output ?? ''), output);
    });

    test('conditions are worked out in several transactions, one by one where each is too much', async () => {
      await using w = await openWorkflows({ forgets, bounds: { comparedValues: 10 } });
      const long = numbers(20);
      const when = { value: { $from: 'steps.a.result' }, equals: long };
      const workflows: Started[] = [];
      for (const _ of numbers(3)) workflows.push(await w.start({ steps: [work('a'), work('b', ['a'], { when })] }));
      await w.storage.apply(...workflows.map((workflow) => w.completed(workflow, 'a', long)));
      const begun = async () => {
        const rows = await Promise.all(workflows.map((workflow) => w.rows(workflow)));
        return rows.filter((of) => of.includes('b queued')).length;
      };
      assert.equal(await begun(), 1);
      await w.fire();
      assert.equal(await begun(), 3);
    });

    test('outputs are worked out in several transactions, and are whole', async () => {
      await using w = await openWorkflows({ forgets, bounds: { readBytes: 5_000 } });
      const large = 'x'.repeat(4_000);
      const steps = [work('a'), work('b', ['a'])];
      const workflows: Started[] = [];
      for (const _ of numbers(4))
        workflows.push(await w.start({ steps: [...steps, work('last', ['b'])], output: 'b' }));
      await w.apply(...workflows.map((workflow) => w.completed(workflow, 'a')));
      for (const workflow of workflows) await w.apply(w.completed(workflow, 'b', large));
      await w.storage.apply(...workflows.map((workflow) => w.completed(workflow, 'last')));
      const done = async () => {
        const headers = await Promise.all(workflows.map((workflow) => w.header(workflow)));
        return headers.filter(({ status, output }) => status === 'completed' && output === JSON.stringify(large))
          .length;
      };
      assert.ok((await done()) < 4, String(await done()));
      await w.fire();
      assert.equal(await done(), 4);
    });
  });
}

test('what comes during a bomb is decided in the next transaction, and what is left goes on beside it', async () => {
  const rows = 20;
  await using w = await openWorkflows({ bounds: { rows } });
  const small = await w.start({ steps: [work('x'), work('y', ['x'])] });
  const workflow = await w.start({ steps: [work('a'), ...numbers(200).map((i) => work(`s${i}`, ['a']))] });
  await w.storage.apply(w.completed(workflow, 'a'));
  const [due] = await w.storage.sql<{ tenant_id: string; workflow_id: string; step: string }>('select * from waits');
  assert.ok(due);
  const begun = async () => (await w.rows(workflow)).filter((row) => row.endsWith('queued')).length;
  const before = await begun();
  const transactions = w.storage.records.length;
  const waits: FireWaits = {
    kind: 'fire-waits',
    waits: [{ tenantId: due.tenant_id, workflowId: due.workflow_id, step: due.step }],
  };
  await Promise.all([w.storage.advance.submit(waits), w.storage.apply(w.completed(small, 'x'))]);
  assert.equal(w.storage.records.length, transactions + 1, 'one transaction carried both');
  assert.deepEqual(await w.rows(small), ['x completed', 'y queued']);
  assert.equal((await begun()) - before, rows / 4, 'a quarter of the transaction was for what was left');
});

test('a chain of steps that are skipped, each for the one before, takes several transactions', async () => {
  await using w = await openWorkflows({ bounds: { passes: 5 } });
  const chain = numbers(30).map((i) => work(`s${i}`, [i === 0 ? 'a' : `s${i - 1}`], { when: { $from: 'input.no' } }));
  const workflow = await w.start({ steps: [work('a'), ...chain] });
  const before = w.storage.records.length;
  await w.apply(w.completed(workflow, 'a'));
  assert.equal(await w.status(workflow), 'completed');
  assert.ok(w.storage.records.length - before >= 30 / 6, String(w.storage.records.length - before));
});

test('first steps that are too many or too large for one transaction follow in transactions', async () => {
  await using w = await openWorkflows();
  const wide = await w.start({ steps: numbers(1_500).map((i) => work(`s${i}`)) });
  assert.equal((await w.rows(wide)).length, 1_500);
  const [created, ...others] = announced(w, 0);
  assert.equal(created, 500);
  assert.deepEqual(others, [250, 250, 250, 250]);
  const from = w.storage.published.length;
  const large = await w.start(
    { steps: numbers(40).map((i) => work(`s${i}`, [], { payload: { $from: 'input' } })) },
    'x'.repeat(250_000),
  );
  assert.equal((await w.rows(large)).length, 40);
  for (const { events } of w.storage.published.slice(from)) {
    assert.ok(JSON.stringify(events).length < 2 * 1024 * 1024);
  }
});

test('reminders that a transaction cannot follow are not taken by it', async () => {
  const rows = 8;
  const taken: number[] = [];
  await using w = await openWorkflows({
    bounds: { rows },
    advanceStore: (store) => ({
      ...store,
      transaction: (transaction, emits) =>
        store.transaction(
          (tx) =>
            transaction({
              ...tx,
              takeDueWaits: async (waits) => {
                const due = await tx.takeDueWaits(waits);
                taken.push(due.length);
                return due;
              },
            }),
          emits,
        ),
    }),
  });
  const steps = [work('a'), ...numbers(3 * rows).map((i) => work(`s${i}`, ['a']))];
  const workflows: Started[] = [];
  for (const _ of numbers(6)) workflows.push(await w.start({ steps }));
  for (const workflow of workflows) await w.storage.apply(w.completed(workflow, 'a'));
  taken.length = 0;
  await w.fire();
  assert.ok(Math.max(...taken) <= rows / 2, String(taken));
  for (const workflow of workflows) {
    assert.equal((await w.rows(workflow)).filter((row) => row.endsWith('queued')).length, 3 * rows);
  }
});

test('waits that an event ends are part of what the transaction takes on', async () => {
  const rows = 20;
  await using w = await openWorkflows({ bounds: { rows } });
  const waiting = { key: 'e', waitForEvent: { event: 'paid', key: 'k', timeout: 60_000 } };
  const workflows: Started[] = [];
  for (const _ of numbers(rows))
    workflows.push(await w.start({ steps: [waiting, work('x', ['e']), work('y', ['e'])] }));
  const from = w.storage.published.length;
  await w.storage.advance.submit({ kind: 'publish-event', tenantId: tenant, name: 'paid', key: 'k', payload: '1' });
  const ended = async () => {
    const found = await w.storage.sql("select * from tasks where step = 'e' and status = 'completed'");
    return found.length;
  };
  assert.equal(await ended(), rows / 2, 'half of a transaction is for waits');
  assert.deepEqual(announced(w, from), [rows / 2], 'the other half is for what follows from them');
  await w.deliver();
  await w.fire();
  assert.equal(await ended(), rows);
  const begun = await w.storage.sql("select * from tasks where step in ('x', 'y') and status = 'queued'");
  assert.equal(begun.length, 2 * rows);
});

test('a plain task is no part of what a transaction leaves', async () => {
  await using w = await openWorkflows({ bounds: { rows: 1 } });
  const tasks = numbers(5).map(() => aTask());
  await w.storage.creation.submit({ tenantId: tenant, tasks });
  await w.storage.apply(...tasks.map(({ id }) => completion(id)));
  const rows = await w.storage.sql<{ status: string }>('select status from tasks');
  assert.ok(rows.every(({ status }) => status === 'completed'));
});

test('events about workflows that are too much to be read again at once are applied in parts, in their order', async () => {
  const read: number[] = [];
  await using w = await openWorkflows({
    bounds: { readWeight: 10 },
    advanceStore: (store) => ({
      ...store,
      transaction: (transaction, emits) =>
        store.transaction(
          (tx) =>
            transaction({
              ...tx,
              loadStepStatuses: (keys) => {
                read.push(keys.length);
                return tx.loadStepStatuses(keys);
              },
            }),
          emits,
        ),
    }),
  });
  const chain = numbers(4).map((i) => work(`s${i}`, i === 0 ? [] : [`s${i - 1}`]));
  const workflows: Started[] = [];
  for (const _ of numbers(7)) workflows.push(await w.start({ steps: chain }));
  const large = await w.start({ steps: numbers(30).map((i) => work(`t${i}`)) });
  w.storage.cache.clear();
  const signal = { kind: 'resume-workflow', tenantId: tenant, workflowId: large.id } as const;
  await Promise.all([
    w.storage.apply(...workflows.map((workflow) => w.completed(workflow, 's0')), w.completed(large, 't0')),
    w.storage.advance.submit(signal),
  ]);
  assert.ok(read.length > 0 && Math.max(...read) <= 2, `workflows that were read at once: ${read}`);
  for (const workflow of workflows) {
    assert.deepEqual(await w.rows(workflow), ['s0 completed', 's1 queued']);
    assert.equal(await w.status(workflow), 'running', 'nothing is parked for it');
  }
  assert.ok((await w.rows(large)).includes('t0 completed'));
  const [position] = await w.storage.sql<{ seq: number }>('select max(seq)::int4 as seq from positions');
  assert.equal(position?.seq, 1);
});

test('one event, and facts about one workflow, are not divided, however much they have read again', async () => {
  await using w = await openWorkflows({ bounds: { readWeight: 1 } });
  const waiting = { key: 'e', waitForEvent: { event: 'paid', key: 'k', timeout: 60_000 } };
  const workflows: Started[] = [];
  for (const _ of numbers(3)) workflows.push(await w.start({ steps: [waiting, work('x'), work('y')] }));
  w.storage.cache.clear();
  const event = { kind: 'publish-event', tenantId: tenant, name: 'paid', key: 'k', payload: '1' } as const;
  assert.deepEqual(await w.storage.advance.submit(event), { kind: 'matched', matched: 3 });
  for (const workflow of workflows) {
    w.storage.cache.clear();
    const before = w.storage.records.length;
    await w.storage.apply(w.completed(workflow, 'x'), w.completed(workflow, 'y'));
    assert.equal(w.storage.records.length, before + 1);
    assert.equal(await w.status(workflow), 'completed');
  }
});
