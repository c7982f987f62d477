import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';

const child = (definition: string, rest: Partial<StepDefinition> = {}, change = {}): StepDefinition => ({
  key: 'sub',
  child: { definition, ...change },
  payload: { from: { $from: 'input' } },
  ...rest,
});
const work = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  ...rest,
});
const undo = { compensation: { type: 'undo' } };

for (const { title, forgets } of memories) {
  describe(`a child workflow ${title}`, () => {
    let w: WorkflowHarness;
    before(async () => {
      w = await openWorkflows({ forgets });
      await w.register('one', { steps: [work('inner', [], { payload: { $from: 'input.from' } })], output: 'inner' });
      await w.register('undoable', { steps: [work('inner', [], undo), work('second', ['inner'])] });
      await w.register('idle', { steps: [work('inner', [], { when: { $from: 'input.no' } })] });
    });
    after(() => w[Symbol.asyncDispose]());

    test('gets its input, and its output is the result of the step', async () => {
      w.news();
      const parent = await w.start(
        { steps: [child('one'), work('b', ['sub'], { payload: { $from: 'steps.sub.result' } })] },
        5,
      );
      const sub = w.childOf(parent, 'sub');
      assert.deepEqual(w.news(), [
        'workflow.started',
        'workflow.step-waiting sub',
        'workflow.started',
        'task.created inner',
      ]);
      assert.equal(w.reported('workflow.step-waiting').at(-1)?.waitsFor, sub.id);
      assert.deepEqual([await w.status(parent), await w.status(sub)], ['waiting', 'running']);
      assert.equal((await w.row(sub, 'inner')).payload, '5');
      await w.apply(w.completed(sub, 'inner', { done: true }));
      assert.deepEqual(w.news(), ['workflow.completed', 'workflow.step-settled sub', 'task.created b']);
      assert.equal((await w.row(parent, 'b')).payload, '{"done":true}');
      const [row] = await w.storage.sql<{ parent_id: string; parent_step: string }>(
        'select * from workflows where id = $1',
        [sub.id],
      );
      assert.deepEqual([row?.parent_id, row?.parent_step], [parent.id, 'sub']);
    });

    test('that has nothing to do ends in the transaction that started it', async () => {
      const parent = await w.start({ steps: [work('a'), child('idle', { dependsOn: ['a'] }), work('b', ['sub'])] }, 5);
      await w.apply(w.completed(parent, 'a'));
      assert.deepEqual(await w.rows(parent), ['a completed', 'b queued', 'sub completed']);
      assert.equal(await w.status(w.childOf(parent, 'sub')), 'completed');
    });

    test('that fails fails the step', async () => {
      const parent = await w.start({ steps: [child('one')] });
      await w.apply(w.failed(w.childOf(parent, 'sub'), 'inner'));
      const { status, error } = await w.header(parent);
      const { code, details } = JSON.parse(error ?? '');
      assert.deepEqual(
        [status, code, details],
        ['failed', 'child_failed', { childId: w.childOf(parent, 'sub').id, status: 'failed' }],
      );
    });

    test('that was undone has failed for the step, and one that is stuck is waited for', async () => {
      const parent = await w.start({ steps: [child('undoable', { onError: 'continue' }), work('b', ['sub'])] });
      const sub = w.childOf(parent, 'sub');
      await w.apply(w.completed(sub, 'inner'));
      await w.apply(w.failed(sub, 'second'));
      await w.apply(w.failed(sub, 'inner/compensation'));
      assert.deepEqual([await w.status(sub), await w.status(parent)], ['compensation-stuck', 'waiting']);
      await w.command(sub, { kind: 'retry-workflow' });
      await w.apply(w.completed(sub, 'inner/compensation', null, 2));
      assert.deepEqual([await w.status(sub), await w.rows(parent)], ['compensated', ['b queued', 'sub failed']]);
    });

    test('that is not registered fails the step', async () => {
      const parent = await w.start({ steps: [child('nowhere')] });
      assert.equal(JSON.parse((await w.header(parent)).error ?? '').code, 'unknown_definition');
      const versioned = await w.start({ steps: [child('one', {}, { version: 9 })] });
      assert.match(JSON.parse((await w.header(versioned)).error ?? '').message, /version 9/);
    });

    test('is cancelled with the workflow that waits for it', async () => {
      const parent = await w.start({ steps: [child('one')] });
      const sub = w.childOf(parent, 'sub');
      await w.command(parent, { kind: 'cancel-workflow', reason: 'enough' });
      assert.equal(await w.status(parent), 'waiting', 'it ends with its child');
      assert.equal((await w.header(sub)).cancel_reason, 'enough');
      await w.apply(w.cancelled(sub, 'inner'));
      assert.deepEqual([await w.status(sub), await w.status(parent)], ['cancelled', 'cancelled']);
      assert.deepEqual(await w.rows(parent), ['sub cancelled']);
    });

    test('undoes itself when the workflow that waits for it is undone', async () => {
      const parent = await w.start({
        steps: [work('first', [], undo), work('bad', ['first']), child('undoable', { dependsOn: ['first'] })],
      });
      await w.apply(w.completed(parent, 'first'));
      const sub = w.childOf(parent, 'sub');
      await w.apply(w.completed(sub, 'inner'));
      await w.apply(w.failed(parent, 'bad'));
      assert.deepEqual([await w.status(parent), await w.status(sub)], ['compensating', 'compensating']);
      await w.apply(w.cancelled(sub, 'second'));
      assert.ok(!(await w.rows(parent)).includes('first/compensation queued'), 'the child comes after it');
      await w.apply(w.completed(sub, 'inner/compensation'));
      assert.equal(await w.status(sub), 'compensated');
      assert.deepEqual(await w.rows(parent), [
        'bad failed',
        'first completed',
        'first/compensation queued',
        'sub cancelled',
      ]);
    });

    test('that is to be left alone goes on by itself', async () => {
      const parent = await w.start({ steps: [child('one', {}, { onParentClose: 'abandon' })] });
      const sub = w.childOf(parent, 'sub');
      await w.command(parent, { kind: 'cancel-workflow' });
      assert.deepEqual([await w.status(parent), await w.status(sub)], ['cancelled', 'running']);
      await w.apply(w.completed(sub, 'inner'));
      assert.deepEqual([await w.status(sub), await w.rows(parent)], ['completed', ['sub cancelled']]);
    });

    test('is undone by what its step says, once it completed', async () => {
      const compensation = { type: 'undo-sub', payload: { output: { $from: 'steps.sub.result' } } };
      const parent = await w.start({ steps: [child('one', { compensation }), work('bad', ['sub'])] }, 1);
      await w.apply(w.completed(w.childOf(parent, 'sub'), 'inner', 'out'));
      await w.apply(w.failed(parent, 'bad'));
      assert.deepEqual(JSON.parse((await w.row(parent, 'sub/compensation')).payload), { output: 'out' });
    });

    test('starts anew when its step runs again', async () => {
      const parent = await w.start({ steps: [child('one')] }, 1);
      await w.apply(w.failed(w.childOf(parent, 'sub'), 'inner'));
      assert.deepEqual(await w.command(parent, { kind: 'retry-workflow' }), { kind: 'granted' });
      const again = w.childOf(parent, 'sub', 2);
      assert.notEqual(again.id, w.childOf(parent, 'sub').id);
      await w.apply(w.completed(again, 'inner', 'second'));
      assert.equal(await w.status(parent), 'completed');
    });

    test('does not nest without end', async () => {
      await w.register('loop', { steps: [{ key: 'sub', child: { definition: 'loop' } }] });
      const top = await w.start('loop');
      const chain = [top];
      for (let i = 0; i < 16; i += 1) chain.push(w.childOf(chain.at(-1) as typeof top, 'sub'));
      const deepest = await w.header(chain[16] as typeof top);
      assert.equal(JSON.parse(deepest.error ?? '').code, 'too_deep_nesting');
      assert.equal(await w.status(top), 'failed');
      const [count] = await w.storage.sql<{ n: number }>(
        "select count(*)::int as n from workflows where name = 'loop'",
      );
      assert.equal(count?.n, 17);
    });

    test('takes its input from its prepare task', async () => {
      await w.register('prepares', { steps: [{ key: 'sub', child: { definition: 'one' }, mapped: true }] });
      const parent = await w.start('prepares');
      await w.apply(w.completed(parent, 'sub/prepare', { input: { from: 3 } }));
      assert.equal((await w.row(w.childOf(parent, 'sub'), 'inner')).payload, '3');
    });
  });
}

for (const { title, forgets } of memories) {
  describe(`children in children without end, of workflows ${title}`, () => {
    const twice: StepDefinition[] = ['l', 'r'].map((key) => ({ key, child: { definition: 'self' } }));
    const below = async (w: WorkflowHarness, root: Started) => {
      const [row] = await w.storage.sql<{ descendants: number; children: number }>(
        'select descendants, (select count(*)::int from workflows where parent_id is not null) as children from workflows where id = $1',
        [root.id],
      );
      return row;
    };

    test('begin until there are as many below their root as may be; the step that would begin one more fails', async () => {
      const limit = 5;
      await using w = await openWorkflows({ forgets, maxDescendants: limit });
      await w.register('self', { steps: twice });
      const root = await w.start('self');
      assert.deepEqual({ ...(await below(w, root)) }, { descendants: limit, children: limit });
      const failed = await w.storage.sql("select error from tasks where error like '%too_many_descendants%'");
      assert.ok(failed.length > 0);
      assert.equal(await w.status(root), 'failed');
      const open = await w.storage.sql("select status from workflows where status in ('running', 'waiting')");
      assert.deepEqual(open, [], 'all of them have ended');
    });

    test('are counted by their root, transaction by transaction, and other roots have their own', async () => {
      await using w = await openWorkflows({ forgets, maxDescendants: 6, bounds: { rows: 12 } });
      const children = (count: number) =>
        Array.from({ length: count }, (_, i) => ({ key: `c${i}`, child: { definition: 'leaf' } }));
      await w.register('leaf', { steps: [work('a')] });
      await w.register('six', { steps: children(6) });
      await w.register('seven', { steps: children(7) });
      const fits = await w.start('six');
      assert.equal((await below(w, fits))?.descendants, 6);
      assert.equal(await w.status(fits), 'waiting');
      assert.ok(w.storage.records.length > 2, 'they began in several transactions');
      const exceeds = await w.start('seven');
      assert.equal(await w.status(exceeds), 'failed');
      assert.equal(JSON.parse((await w.header(exceeds)).error ?? '').code, 'too_many_descendants');
    });
  });
}
