import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CommitUnknownError } from '@taskflow/kit-postgres';
import { tenant } from '../../../testing/execution-double.ts';
import { plantBug } from '../../../testing/poison.ts';
import { openWorkflows } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';

const work = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  ...rest,
});

class RolledBack extends Error {}

/** The next COMMIT gets no answer, whether it took effect or not. */
function breakable() {
  let next: 'committed' | 'rolled-back' | undefined;
  const unanswered = () => new CommitUnknownError(new Error('the connection broke'), () => Promise.resolve(true));
  return {
    lose: (outcome: 'committed' | 'rolled-back') => {
      next = outcome;
    },
    advanceStore: (store: AdvanceStore): AdvanceStore => ({
      ...store,
      transaction: async (work_, emits) => {
        const outcome = next;
        next = undefined;
        if (outcome === undefined) return store.transaction(work_, emits);
        const rolledBack = outcome === 'rolled-back';
        await store
          .transaction(async (tx) => {
            await work_(tx);
            if (rolledBack) throw new RolledBack();
          }, emits)
          .catch((error: unknown) => {
            if (!(error instanceof RolledBack)) throw error;
          });
        throw unanswered();
      },
    }),
  };
}

for (const outcome of ['committed', 'rolled-back'] as const) {
  describe(`a COMMIT without an answer that was ${outcome}`, () => {
    test('keeps a signal once', async () => {
      const { lose, advanceStore } = breakable();
      await using w = await openWorkflows({ advanceStore });
      const workflow = await w.start({
        steps: [work('a'), { key: 'ok', waitForSignal: { signal: 'go', timeout: 1_000 }, dependsOn: ['a'] }],
      });
      lose(outcome);
      assert.deepEqual(await w.command(workflow, { kind: 'signal-workflow', signal: 'go', payload: '1' }), {
        kind: 'granted',
      });
      assert.equal((await w.storage.sql('select * from signals')).length, 1);
    });

    test('settles a stuck compensation once, though others stay stuck', async () => {
      const { lose, advanceStore } = breakable();
      await using w = await openWorkflows({ advanceStore });
      const compensation = { type: 'undo' };
      const workflow = await w.start({
        steps: [work('a', [], { compensation }), work('b', [], { compensation }), work('bad', ['a', 'b'])],
      });
      await w.apply(w.completed(workflow, 'a'), w.completed(workflow, 'b'));
      await w.apply(w.failed(workflow, 'bad'));
      await w.apply(w.failed(workflow, 'a/compensation'), w.failed(workflow, 'b/compensation'));
      lose(outcome);
      const settled = await w.command(workflow, { kind: 'resolve-compensation', step: 'a', reason: 'by hand' });
      assert.deepEqual(settled, { kind: 'granted' });
      assert.equal(await w.status(workflow), 'compensation-stuck');
      await w.command(workflow, { kind: 'resolve-compensation', step: 'b', reason: 'by hand' });
      assert.equal(await w.status(workflow), 'compensated');
    });

    test('gives an event to those that wait for it, and counts them', async () => {
      const { lose, advanceStore } = breakable();
      await using w = await openWorkflows({ advanceStore });
      const workflow = await w.start({
        steps: [{ key: 'paid', waitForEvent: { event: 'paid', key: 'k', timeout: 1_000 } }, work('b', ['paid'])],
      });
      lose(outcome);
      const event = { kind: 'publish-event', tenantId: tenant, name: 'paid', key: 'k', payload: '1' } as const;
      assert.deepEqual(await w.storage.advance.submit(event), { kind: 'matched', matched: 1 });
      assert.deepEqual(await w.rows(workflow), ['b queued', 'paid completed']);
    });

    test('parks, retries and gives up what is stuck once', async () => {
      const { lose, advanceStore } = breakable();
      await using w = await openWorkflows({ advanceStore });
      const workflow = await w.start({
        steps: [work('a'), work('b', ['a'], { payload: { $from: 'steps.a.result' } })],
      });
      const bug = await plantBug(w, workflow, 'b');
      lose(outcome);
      await w.apply(w.completed(workflow, 'a', 7));
      assert.equal(await w.status(workflow), 'stuck');
      assert.equal((await w.storage.sql('select * from kept_inputs')).length, 1);
      bug.mend();
      lose(outcome);
      assert.deepEqual(await w.command(workflow, { kind: 'retry-workflow' }), { kind: 'granted' });
      assert.deepEqual(await w.rows(workflow), ['a completed', 'b queued']);
      assert.equal((await w.row(workflow, 'b')).payload, '7');

      const other = await w.start({ steps: [work('a', [], { payload: 'other' }), work('b', ['a'])] });
      await plantBug(w, other, 'b');
      await w.apply(w.completed(other, 'a'));
      lose(outcome);
      assert.deepEqual(await w.command(other, { kind: 'cancel-workflow' }), { kind: 'granted' });
      assert.equal(await w.status(other), 'cancelled');
      assert.equal(w.reported('workflow.cancelled').length, 1);
    });

    test('lets a fan-out begin once, and a child', async () => {
      const { lose, advanceStore } = breakable();
      await using w = await openWorkflows({ advanceStore });
      await w.register('sub', { steps: [work('inner')] });
      const workflow = await w.start({
        steps: [
          work('a'),
          work('all', ['a'], { each: { over: [1, 2], concurrency: 1 } }),
          { key: 'sub', child: { definition: 'sub' }, dependsOn: ['a'] },
        ],
      });
      lose(outcome);
      await w.apply(w.completed(workflow, 'a'));
      assert.deepEqual(await w.rows(workflow), [
        'a completed',
        'all running',
        'all/0 queued',
        'all/1 blocked',
        'sub running',
      ]);
      await w.apply(w.completed(w.childOf(workflow, 'sub'), 'inner'), w.completed(workflow, 'all/0'));
      await w.apply(w.completed(workflow, 'all/1'));
      assert.equal(await w.status(workflow), 'completed');
    });
  });
}

test('a signal that is only kept is answered after the disk has it', async () => {
  await using w = await openWorkflows({
    rewrite: (statements) => ({
      ...statements,
      'commit-synchronously': {
        ...statements['commit-synchronously'],
        name: 'broken',
        text: "select ('the COMMIT was to wait')::int",
      },
    }),
  });
  const workflow = await w.start({
    steps: [work('a'), { key: 'ok', waitForSignal: { signal: 'go', timeout: 1_000 }, dependsOn: ['a'] }],
  });
  const kept = await w.command(workflow, { kind: 'signal-workflow', signal: 'go', payload: '1' });
  assert.match(kept.kind === 'refused' ? String(kept.reason) : '', /the COMMIT was to wait/);
});
