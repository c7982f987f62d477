import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tenant } from '../../../testing/execution-double.ts';
import { plantBug, refusing } from '../../../testing/poison.ts';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';
import { sha256 } from '../../infrastructure/crypto/sha256.ts';
import { createReadingStore } from '../../infrastructure/postgres/reading-store.ts';
import { createCompiledGraphs } from '../graphs/compiled-graphs.ts';
import { createWorkflowReader } from '../queries/read-workflow.ts';
import type { TakenWait, WaitKey } from '../ports/advance-store.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const many = (count: number, prefix: string, step: Partial<StepDefinition>): StepDefinition[] =>
  numbers(count).map((i) => ({ key: `${prefix}${i}`, ...step }) as StepDefinition);

/** `bad` fails to begin once `a` has completed. */
const poisoned: readonly StepDefinition[] = [
  { key: 'a', type: 'work' },
  { key: 'bad', type: 'work', dependsOn: ['a'] },
];

const submit = (w: WorkflowHarness, { id }: Started, kind: 'cancel-workflow' | 'retry-workflow') =>
  w.storage.advance.submit({ kind, tenantId: tenant, workflowId: id, ...(kind === 'cancel-workflow' && why) });
const why = { reason: 'given up' };

type Row = Record<string, string>;

async function dueOf(w: WorkflowHarness, ...kinds: readonly TakenWait['kind'][]): Promise<WaitKey[]> {
  const rows = await w.storage.sql<Row>(
    'select tenant_id, workflow_id, step from waits where kind = any($1) and due_at <= now() order by due_at',
    [`{${kinds.map((kind) => `"${kind}"`).join()}}`],
  );
  return rows.map(({ tenant_id, workflow_id, step }) => ({
    tenantId: String(tenant_id),
    workflowId: String(workflow_id),
    step: String(step),
  }));
}

/** One transaction with what is due of these kinds. */
async function fireOnce(w: WorkflowHarness, ...kinds: readonly TakenWait['kind'][]): Promise<number> {
  const waits = await dueOf(w, ...kinds);
  if (waits.length > 0) await w.storage.advance.submit({ kind: 'fire-waits', waits });
  return waits.length;
}

/** Rows of a workflow that a discard still has to end or remove: steps, kept inputs, waits, fan-outs. */
async function leftOf(w: WorkflowHarness, { id }: Started): Promise<number[]> {
  const count = async (from: string) => {
    const [row] = await w.storage.sql<{ n: number }>(`select count(*)::int4 as n from ${from} and workflow_id = $1`, [
      id,
    ]);
    return row?.n ?? 0;
  };
  return [
    await count(
      "tasks where (status in ('blocked', 'scheduled') or (status = 'running' and type like 'taskflow.step/%'))",
    ),
    await count('kept_inputs where true'),
    await count("waits where kind <> 'discard'"),
    await count('fan_outs where true'),
  ];
}

async function statusesIn(w: WorkflowHarness, { id }: Started): Promise<Map<string, string>> {
  const { database, statements } = w.storage;
  // Graphs of its own: nobody who reads meets the bug.
  const graphs = createCompiledGraphs(100_000, sha256);
  const view = await createWorkflowReader({ reading: createReadingStore(database, statements), graphs }).view(
    tenant,
    id,
  );
  return new Map(view?.steps.map(({ key, status }) => [key, status]));
}

for (const { title, forgets } of memories) {
  describe(`a stuck workflow that is given up, ${title}`, () => {
    test('is over at once, and its rows are closed in pages, each of which asks for some of its children', async () => {
      await using w = await openWorkflows({ forgets, bounds: { discardedRows: 10, rows: 60 } });
      await w.register('sub', { steps: [{ key: 'inner', type: 'work' }] });
      const steps = [
        ...poisoned,
        { key: 'all', type: 'work', each: { over: numbers(25), concurrency: 2 } },
        ...many(12, 'nap', { sleep: { for: 1_000_000 } }),
        ...many(11, 'sub', { child: { definition: 'sub' } }),
        ...many(12, 'f', { type: 'work', each: { over: [1] } }),
        ...many(11, 'k', { type: 'work' }),
      ];
      await w.register('sick', { steps });
      const parent = await w.start({ steps: [{ key: 'sick', child: { definition: 'sick' } }] });
      const sick = w.childOf(parent, 'sick');
      await w.fire();
      await plantBug(w, sick, 'bad');
      await w.apply(w.completed(sick, 'a'));
      await w.apply(...numbers(11).flatMap((i) => [w.completed(sick, `f${i}/0`), w.completed(sick, `k${i}`)]));
      assert.equal(await w.status(sick), 'stuck');
      const before = await leftOf(w, sick);
      assert.deepEqual(before, [23 + 1 + 12 + 11 + 12, 12, 12, 13]);
      w.news();

      assert.deepEqual(await submit(w, sick, 'cancel-workflow'), { kind: 'granted' });
      assert.deepEqual([await w.status(sick), (await w.header(sick)).cancel_reason], ['cancelled', 'given up']);
      assert.equal(await w.status(parent), 'failed', 'its parent has gone on');
      assert.deepEqual(await leftOf(w, sick), before);
      const shown = await statusesIn(w, sick);
      assert.deepEqual(
        ['all', 'nap3', 'sub5', 'f11'].map((key) => shown.get(key)),
        numbers(4).map(() => 'cancelled'),
      );

      const refused = { kind: 'refused', refusal: 'not_finished', status: 'cancelled' } as const;
      const over = { ...refused, refusal: 'already_finished' } as const;
      const asked = async () => w.reported('task.cancel-requested').length;
      const askedBefore = await asked();
      assert.equal(askedBefore, 3, 'tasks of its own: two items, and the one that runs');
      let [left, children] = [before, 0];
      for (let transactions = 0; (await fireOnce(w, 'discard')) > 0; transactions += 1) {
        const next = await leftOf(w, sick);
        for (const [i, rows] of next.entries()) assert.ok((left[i] ?? 0) - rows <= 10, `${left} → ${next}`);
        const more = (await asked()) - askedBefore - children;
        assert.ok(more <= 3, `${more} children in one transaction`);
        [left, children] = [next, children + more];
        w.storage.cache.clear();
        if (transactions === 1) {
          await w.storage.apply(w.cancelled(sick, 'all/0'));
          assert.deepEqual(await submit(w, sick, 'cancel-workflow'), over);
          const signal = { kind: 'signal-workflow', signal: 's', payload: '1' } as const;
          assert.deepEqual(await w.storage.advance.submit({ ...signal, tenantId: tenant, workflowId: sick.id }), over);
        }
        if (next.some((rows) => rows > 0)) assert.deepEqual(await submit(w, sick, 'retry-workflow'), refused);
      }
      assert.deepEqual([left, children], [[0, 0, 0, 0], 11]);
      assert.equal(w.reported('task.cancel-requested').length, 3 + 11, 'each once');
      assert.deepEqual(
        (await w.rows(sick)).filter((row) => /blocked|running/.test(row)),
        [],
      );
      assert.deepEqual(w.reported('workflow.cancelled').length, 1, 'no child has ended yet');
      assert.equal((await w.row(sick, 'all/0')).status, 'cancelled');

      const live = await w.storage.sql<{ step: string }>(
        "select step from tasks where status = 'queued' and workflow_id = $1",
        [sick.id],
      );
      await w.apply(...live.map(({ step }) => w.cancelled(sick, step)));
      for (const i of numbers(11)) await w.apply(w.cancelled(w.childOf(sick, `sub${i}`), 'inner'));
      assert.equal(w.reported('workflow.cancelled').length, 12);
      assert.deepEqual(await w.storage.sql('select kind from kept_inputs'), []);
    });

    test('has all of its tasks asked to end, whatever else of it is gone meanwhile, and runs again as a whole', async () => {
      await using w = await openWorkflows({ forgets, bounds: { discardedRows: 10, cancelledTasks: 20 } });
      const sick = await w.start({
        steps: [
          ...poisoned,
          ...many(50, 't', { type: 'work' }),
          ...many(15, 'nap', { sleep: { for: 1_000_000 } }),
          { key: 'go', waitForSignal: { signal: 'go', timeout: 1_000_000 } },
        ],
      });
      const bug = await plantBug(w, sick, 'bad');
      await w.apply(w.completed(sick, 'a'));
      await w.command(sick, { kind: 'signal-workflow', signal: 'go', payload: '"kept"' });
      await submit(w, sick, 'cancel-workflow');
      while ((await fireOnce(w, 'discard')) > 0);
      const kinds = await w.storage.sql('select kind from waits');
      assert.deepEqual(kinds, [{ kind: 'cancel-tasks' }]);
      await w.fire();
      assert.equal(w.reported('task.cancel-requested').length, 50, 'each once');
      bug.mend();
      const open = await submit(w, sick, 'retry-workflow');
      assert.ok(
        'refusal' in open && open.refusal === 'not_finished' && open.names?.length === 50,
        'its tasks still run',
      );
      await w.apply(...numbers(50).map((i) => w.cancelled(sick, `t${i}`)));
      assert.deepEqual(await w.command(sick, { kind: 'retry-workflow' }), { kind: 'granted' });
      const statuses = (await w.rows(sick)).filter((row) => / (queued|running|scheduled)$/.test(row));
      assert.equal(statuses.length, 1 + 50 + 15 + 1);
      assert.equal(await w.status(sick), 'running');
      const waits = await w.storage.sql("select * from waits where kind in ('sleep', 'signal')");
      assert.equal(waits.length, 16, 'what was kept for it is gone: the signal is waited for');
    });

    test('gives up those of its children that are stuck themselves, and theirs', async () => {
      await using w = await openWorkflows({ forgets, bounds: { discardedRows: 10, rows: 40 } });
      await w.register('leaf', { steps: [{ key: 'inner', type: 'work' }, ...poisoned] });
      await w.register('mid', { steps: [...poisoned, ...many(3, 'c', { child: { definition: 'leaf' } })] });
      const top = await w.start({ steps: [...poisoned, ...many(3, 'm', { child: { definition: 'mid' } })] });
      await w.fire();
      const mids = numbers(3).map((i) => w.childOf(top, `m${i}`));
      const leaves = mids.flatMap((mid) => numbers(3).map((i) => w.childOf(mid, `c${i}`)));
      const all = [top, ...mids, ...leaves];
      for (const one of [top, mids[0] as Started, leaves[0] as Started]) await plantBug(w, one, 'bad');
      await w.apply(...all.map((one) => w.completed(one, 'a')));
      for (const one of all) assert.equal(await w.status(one), 'stuck');
      await submit(w, top, 'cancel-workflow');
      assert.deepEqual(await Promise.all(mids.map((mid) => w.status(mid))), ['stuck', 'stuck', 'stuck']);
      await w.fire();
      for (const one of all) assert.equal(await w.status(one), 'cancelled');
      assert.equal(w.reported('workflow.cancelled').length, all.length, 'each once');
      assert.equal(w.reported('task.cancel-requested').length, leaves.length);
      assert.deepEqual(await w.storage.sql('select step, kind from waits'), []);
      assert.deepEqual(await w.storage.sql('select kind from kept_inputs'), [], 'nothing is kept for what is over');
    });
  });
}

test('nothing is kept for a parent and a child that are given up in one transaction', async () => {
  await using w = await openWorkflows();
  await w.register('sub', { steps: poisoned });
  const parent = await w.start({
    steps: [...poisoned, { key: 'long', type: 'work' }, { key: 'sub', child: { definition: 'sub' } }],
  });
  const child = w.childOf(parent, 'sub');
  for (const one of [parent, child]) await plantBug(w, one, 'bad');
  await w.apply(w.completed(parent, 'a'), w.completed(child, 'a'));
  await Promise.all([parent, child].map((one) => submit(w, one, 'cancel-workflow')));
  assert.deepEqual([await w.status(parent), await w.status(child)], ['cancelled', 'cancelled']);
  await w.fire();
  await w.apply(w.cancelled(parent, 'long'));
  assert.deepEqual(await w.storage.sql('select kind from kept_inputs'), []);
});

test('what a task reports after its workflow was given up is settled on it, at once', async () => {
  const { advanceStore, transactions } = refusing(new Set());
  await using w = await openWorkflows({ advanceStore });
  const all: StepDefinition = { key: 'all', type: 'work', each: { over: [1, 2] } };
  const sick = await w.start({ steps: [...poisoned, { key: 't', type: 'work' }, all] });
  const bug = await plantBug(w, sick, 'bad');
  await w.apply(w.completed(sick, 'a'));
  await w.command(sick, { kind: 'cancel-workflow' });
  bug.mend();
  const before = transactions();
  await w.storage.apply(w.completed(sick, 't', 'late'));
  for (const item of ['all/0', 'all/1']) await w.storage.apply(w.cancelled(sick, item));
  assert.equal(transactions() - before, 3, 'nothing of it was taken again');
  assert.deepEqual((await w.rows(sick)).toSorted(), [
    'a completed',
    'all cancelled',
    'all/0 cancelled',
    'all/1 cancelled',
    't completed',
  ]);
  assert.equal(await w.status(sick), 'cancelled');
});

test('a retry that comes with a page of what is to be closed is refused', async () => {
  await using w = await openWorkflows({ forgets: true });
  const sick = await w.start({ steps: [...poisoned, { key: 'nap', sleep: { for: 1_000_000 } }] });
  const bug = await plantBug(w, sick, 'bad');
  await w.apply(w.completed(sick, 'a'));
  await submit(w, sick, 'cancel-workflow');
  bug.mend();
  const waits = await dueOf(w, 'discard');
  const page = w.storage.advance.submit({ kind: 'fire-waits', waits });
  const [refused] = await Promise.all([submit(w, sick, 'retry-workflow'), page]);
  assert.deepEqual(refused, { kind: 'refused', refusal: 'not_finished', status: 'cancelled' });
  assert.deepEqual(await w.command(sick, { kind: 'retry-workflow' }), { kind: 'granted' });
});

test('a retry that comes with the cancel of what is stuck is refused', async () => {
  await using w = await openWorkflows();
  const sick = await w.start({ steps: poisoned });
  const bug = await plantBug(w, sick, 'bad');
  await w.apply(w.completed(sick, 'a'));
  bug.mend();
  const answers = await Promise.all([submit(w, sick, 'cancel-workflow'), submit(w, sick, 'retry-workflow')]);
  assert.deepEqual(answers, [{ kind: 'granted' }, { kind: 'refused', refusal: 'stuck', status: 'stuck' }]);
  assert.equal(await w.status(sick), 'cancelled');
});
