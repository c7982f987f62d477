import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tenant } from '../../../testing/execution-double.ts';
import { plantBug } from '../../../testing/poison.ts';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';
import { sha256 } from '../../infrastructure/crypto/sha256.ts';
import { createReadingStore } from '../../infrastructure/postgres/reading-store.ts';
import { createCompiledGraphs } from '../graphs/compiled-graphs.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';
import { createWorkflowReader } from '../queries/read-workflow.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const rows = 10;
const items = 25;
const each = (rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key: 'all',
  type: 'one',
  each: { over: numbers(items) },
  ...rest,
});

const submit = (w: WorkflowHarness, { id }: Started, kind: 'cancel-workflow' | 'retry-workflow') =>
  w.storage.advance.submit({ kind, tenantId: tenant, workflowId: id });

async function ofGeneration(w: WorkflowHarness, generation: number, status = '%'): Promise<number> {
  const found = await w.storage.sql('select * from tasks where generation = $1 and status like $2', [
    generation,
    status,
  ]);
  return found.length;
}

/** How the items of the step `all` are shown. */
async function shown(w: WorkflowHarness, { id }: Started) {
  const { database, statements } = w.storage;
  const graphs = createCompiledGraphs(100_000, sha256);
  const view = await createWorkflowReader({ reading: createReadingStore(database, statements), graphs }).view(
    tenant,
    id,
  );
  const { total, blocked, completed, skipped } = view?.steps.find(({ key }) => key === 'all')?.items ?? {};
  return { total, blocked, completed, skipped };
}

/** All items ended, the last of them badly. */
async function failItems(w: WorkflowHarness, workflow: Started, generation = 1): Promise<void> {
  const ended = numbers(items - 1).map((i) => w.completed(workflow, `all/${i}`, `former ${i}`, generation));
  await w.apply(...ended, w.failed(workflow, `all/${items - 1}`, { generation }));
  assert.equal(await w.status(workflow), 'failed');
}

for (const { title, forgets } of memories) {
  describe(`a fan-out that runs again, of a workflow ${title}`, () => {
    test('starts its items anew in several transactions, each under its next generation', async () => {
      await using w = await openWorkflows({ forgets, bounds: { rows } });
      const workflow = await w.start({ steps: [each()] });
      await failItems(w, workflow);
      assert.deepEqual(await shown(w, workflow), { total: items, blocked: 0, completed: items - 1, skipped: 0 });
      w.news();
      assert.deepEqual(await submit(w, workflow, 'retry-workflow'), { kind: 'granted' });
      const begun = await ofGeneration(w, 2, 'queued');
      assert.ok(begun > 0 && begun <= rows, `${begun} items in the transaction of the retry`);
      assert.deepEqual(await shown(w, workflow), { total: items, blocked: items - begun, completed: 0, skipped: 0 });
      await w.fire();
      assert.equal(await ofGeneration(w, 2, 'queued'), items);
      const former = await w.storage.sql(
        'select step from tasks where generation = 2 and (result is not null or error is not null)',
      );
      assert.deepEqual(former, [], 'nothing of the former run is left in what starts anew');
      const again = w.news().filter((event) => event.startsWith('task.'));
      assert.deepEqual(
        again.toSorted(),
        numbers(items)
          .map((i) => `task.retry-requested all/${i}`)
          .toSorted(),
      );
      await failItems(w, workflow, 2);
      await w.command(workflow, { kind: 'retry-workflow' });
      await w.apply(...numbers(items).map((i) => w.completed(workflow, `all/${i}`, i, 3)));
      assert.deepEqual(JSON.parse((await w.header(workflow)).output ?? ''), { all: numbers(items) });
    });

    test('has items that it had no time to start anew skipped when it is cancelled, and runs again whole', async () => {
      await using w = await openWorkflows({ forgets, bounds: { rows, closedItems: 4 } });
      const workflow = await w.start({ steps: [each()] });
      await failItems(w, workflow);
      await submit(w, workflow, 'retry-workflow');
      const begun = await ofGeneration(w, 2, 'queued');
      await w.command(workflow, { kind: 'cancel-workflow' });
      await w.apply(
        ...(await w.storage.sql<{ id: string; step: string }>("select step from tasks where status = 'queued'")).map(
          ({ step }) => w.completed(workflow, step, null, 2),
        ),
      );
      assert.equal(await w.status(workflow), 'cancelled');
      const skipped = await w.storage.sql("select * from tasks where status = 'skipped' and result is null");
      assert.equal(skipped.length, items - begun);
      assert.deepEqual(await shown(w, workflow), {
        total: items,
        blocked: 0,
        completed: begun,
        skipped: items - begun,
      });
      assert.deepEqual(await w.command(workflow, { kind: 'retry-workflow' }), { kind: 'granted' });
      const live = await w.storage.sql<{ step: string; generation: number }>(
        "select step, generation from tasks where status = 'queued'",
      );
      assert.equal(live.length, items);
      await w.apply(...live.map(({ step, generation }) => w.completed(workflow, step, 0, generation)));
      assert.equal(await w.status(workflow), 'completed');
    });

    test('has the results of its new items, and of them alone, where it has fewer than before', async () => {
      await using w = await openWorkflows({ forgets });
      await w.register('again', { steps: [{ key: 'all', type: 'one', each: { concurrency: 2 }, mapped: true }] });
      const workflow = await w.start('again');
      await w.apply(w.completed(workflow, 'all/prepare', { items: numbers(items) }));
      for (const i of numbers(items - 1)) await w.apply(w.completed(workflow, `all/${i}`));
      await w.apply(w.failed(workflow, `all/${items - 1}`));
      await w.command(workflow, { kind: 'retry-workflow' });
      assert.deepEqual(await shown(w, workflow), { total: items, blocked: items, completed: 0, skipped: 0 });
      await w.apply(w.completed(workflow, 'all/prepare', { items: [7, 8, 9] }, 2));
      assert.deepEqual(await shown(w, workflow), { total: 3, blocked: 1, completed: 0, skipped: 0 });
      for (const i of numbers(3)) await w.apply(w.completed(workflow, `all/${i}`, i, 2));
      assert.deepEqual(JSON.parse((await w.header(workflow)).output ?? ''), { all: [0, 1, 2] });
      assert.deepEqual(await shown(w, workflow), { total: 3, blocked: 0, completed: 3, skipped: 0 });
    });
  });
}

test('a retry that comes with a page of items that are to be closed is refused', async () => {
  await using w = await openWorkflows({ forgets: true, bounds: { closedItems: 3 } });
  const workflow = await w.start({ steps: [each({ each: { over: numbers(items), concurrency: 1 } })] });
  await submit(w, workflow, 'cancel-workflow');
  await w.storage.apply(w.cancelled(workflow, 'all/0'));
  assert.equal(await w.status(workflow), 'cancelled');
  const [due] = await w.storage.sql<Record<string, string>>("select * from waits where kind = 'close'");
  const waits = [{ tenantId: tenant, workflowId: workflow.id, step: String(due?.step) }];
  const page = w.storage.advance.submit({ kind: 'fire-waits', waits });
  const [refused] = await Promise.all([submit(w, workflow, 'retry-workflow'), page]);
  assert.deepEqual(refused, { kind: 'refused', refusal: 'not_finished', status: 'cancelled', names: ['all'] });
  await w.fire();
  assert.deepEqual(await w.command(workflow, { kind: 'retry-workflow' }), { kind: 'granted' });
});

test('items are never read when a workflow is, however often they were started', async () => {
  const read: number[] = [];
  const advanceStore = (store: AdvanceStore): AdvanceStore => ({
    ...store,
    transaction: (work, emits) =>
      store.transaction(
        (tx) =>
          work({
            ...tx,
            loadStepStatuses: async (keys) => {
              const found = await tx.loadStepStatuses(keys);
              read.push(found.length);
              return found;
            },
            loadRowsToReset: async (keys) => {
              const found = await tx.loadRowsToReset(keys);
              read.push(found.length);
              return found;
            },
          }),
        emits,
      ),
  });
  await using w = await openWorkflows({ forgets: true, advanceStore });
  const workflow = await w.start({ steps: [each()] });
  await failItems(w, workflow);
  await w.command(workflow, { kind: 'retry-workflow' });
  await w.apply(w.completed(workflow, 'all/0', 1, 2));
  assert.ok(read.length > 2 && Math.max(...read) === 1, String(read));
});

describe('a workflow that was given up', () => {
  const poisoned: StepDefinition[] = [
    { key: 'a', type: 'work' },
    { key: 'bad', type: 'work', dependsOn: ['a'] },
  ];

  test('runs its items again when those from before have ended, and says so until then', async () => {
    await using w = await openWorkflows();
    const sick = await w.start({ steps: [...poisoned, each({ each: { over: [1, 2] } })] });
    const bug = await plantBug(w, sick, 'bad');
    await w.apply(w.completed(sick, 'a'));
    await w.command(sick, { kind: 'cancel-workflow' });
    bug.mend();
    const refused = await submit(w, sick, 'retry-workflow');
    assert.ok(refused.kind === 'refused' && refused.refusal === 'cannot_apply', JSON.stringify(refused));
    assert.match(refused.reason ?? '', /"all\/0" has not ended since the workflow was given up/);
    assert.equal(await w.status(sick), 'cancelled');
    await w.apply(w.cancelled(sick, 'all/0'), w.cancelled(sick, 'all/1'));
    assert.deepEqual(await w.command(sick, { kind: 'retry-workflow' }), { kind: 'granted' });
    await w.apply(...[0, 1].map((i) => w.completed(sick, `all/${i}`, i, 2)), w.completed(sick, 'bad', null, 1));
    assert.equal(await w.status(sick), 'completed');
  });

  test('runs again when its compensations from before have ended', async () => {
    await using w = await openWorkflows();
    const compensated = (key: string, dependsOn: string[] = []): StepDefinition => ({
      key,
      type: 'work',
      dependsOn,
      compensation: { type: 'undo' },
    });
    const sick = await w.start({
      steps: [compensated('a'), compensated('b', ['a']), { key: 'c', type: 'work', dependsOn: ['b'] }],
    });
    await w.apply(w.completed(sick, 'a'));
    await w.apply(w.completed(sick, 'b'));
    await w.apply(w.failed(sick, 'c'));
    assert.equal(await w.status(sick), 'compensating');
    await w.storage.sql(
      "update workflows set status = 'stuck', stuck_from = status, stuck_at = now(), stuck_error = '{}'",
    );
    w.storage.cache.clear();
    await w.command(sick, { kind: 'cancel-workflow' });
    const refused = await submit(w, sick, 'retry-workflow');
    assert.deepEqual(refused, { kind: 'refused', refusal: 'not_finished', status: 'cancelled', names: ['b'] });
    await w.apply(w.completed(sick, 'b/compensation'));
    assert.deepEqual(await w.command(sick, { kind: 'retry-workflow' }), { kind: 'granted' });
  });
});
