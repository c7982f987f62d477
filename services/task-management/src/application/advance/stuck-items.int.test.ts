import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tenant } from '../../../testing/execution-double.ts';
import { plantBug } from '../../../testing/poison.ts';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** A workflow with a fan-out over `items` that is stuck, because `bad` cannot begin. */
async function stuckWithItems(w: WorkflowHarness, items: number, each: StepDefinition['each'] = {}) {
  const sick = await w.start({
    steps: [
      { key: 'a', type: 'work' },
      { key: 'bad', type: 'work', dependsOn: ['a'] },
      { key: 'all', type: 'one', each: { over: numbers(items), ...each } },
      { key: 'after', type: 'work', dependsOn: ['all'], payload: { $from: 'steps.all.result' } },
    ],
  });
  const bug = await plantBug(w, sick, 'bad');
  await w.apply(w.completed(sick, 'a'));
  assert.equal(await w.status(sick), 'stuck');
  return { sick, bug };
}

async function kept(w: WorkflowHarness): Promise<string[]> {
  return (await w.storage.sql<{ kind: string }>('select kind from kept_inputs')).map(({ kind }) => kind);
}

const items = async (w: WorkflowHarness, sick: Started) =>
  (await w.rows(sick)).filter((row) => /^all\/\d/.test(row)).map((row) => row.split(' ')[1]);

for (const { title, forgets } of memories) {
  describe(`items that end while their workflow is stuck, ${title}`, () => {
    test('are not kept one by one, and others start in their place when it goes on', async () => {
      await using w = await openWorkflows({ forgets });
      const { sick, bug } = await stuckWithItems(w, 6, { concurrency: 2 });
      await w.apply(w.completed(sick, 'all/0', 'x'), w.skipped(sick, 'all/1'));
      assert.deepEqual(await kept(w), ['row'], 'the end of the step "a" alone');
      assert.deepEqual(await items(w, sick), ['completed', 'skipped', 'blocked', 'blocked', 'blocked', 'blocked']);
      bug.mend();
      await w.command(sick, { kind: 'retry-workflow' });
      assert.deepEqual(await items(w, sick), ['completed', 'skipped', 'queued', 'queued', 'blocked', 'blocked']);
      for (const i of [2, 3, 4, 5]) await w.apply(w.completed(sick, `all/${i}`, i));
      assert.equal((await w.row(sick, 'after')).payload, '["x",null,2,3,4,5]');
    });

    test('end their step when it goes on, where all of them have', async () => {
      await using w = await openWorkflows({ forgets });
      const { sick, bug } = await stuckWithItems(w, 3, { tolerate: 1 });
      await w.apply(w.completed(sick, 'all/0', 0));
      await w.apply(w.failed(sick, 'all/1', { unknown: true }), w.completed(sick, 'all/2', 2));
      const [counts] = await w.storage.sql('select started, completed, failed, unknown from fan_outs');
      assert.deepEqual(counts, { started: 3, completed: 2, failed: 1, unknown: 1 });
      bug.mend();
      await w.command(sick, { kind: 'retry-workflow' });
      assert.equal((await w.row(sick, 'after')).payload, '[0,null,2]');
      assert.deepEqual(await w.storage.sql('select step from fan_outs'), []);
    });

    test('keep others from starting where too many failed', async () => {
      await using w = await openWorkflows({ forgets });
      const { sick, bug } = await stuckWithItems(w, 6, { concurrency: 2 });
      await w.apply(w.failed(sick, 'all/0'));
      bug.mend();
      await w.command(sick, { kind: 'retry-workflow' });
      assert.deepEqual(await items(w, sick), ['failed', 'queued', 'skipped', 'skipped', 'skipped', 'skipped']);
      await w.apply(w.completed(sick, 'all/1'));
      assert.equal((await w.row(sick, 'all')).status, 'failed');
      assert.equal((await w.header(sick)).failed_step, 'all');
    });

    test('change nothing of one that was given up', async () => {
      await using w = await openWorkflows({ forgets });
      const { sick } = await stuckWithItems(w, 3);
      await w.storage.advance.submit({
        kind: 'cancel-workflow',
        tenantId: tenant,
        workflowId: sick.id,
      });
      const [before] = await w.storage.sql('select * from fan_outs');
      await w.storage.apply(w.completed(sick, 'all/0'));
      assert.deepEqual((await w.storage.sql('select * from fan_outs'))[0], before);
      await w.fire();
      await w.apply(w.completed(sick, 'all/1'));
      assert.deepEqual([await w.status(sick), await kept(w)], ['cancelled', []]);
    });
  });
}
