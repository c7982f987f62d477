import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { GraphDefinition, StepDefinition } from '../../domain/workflow/graph.ts';

const work = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  ...rest,
});
const chain: GraphDefinition = {
  steps: [work('a'), work('b', ['a'], { payload: { $from: 'steps.a.result' } }), work('c', ['b'])],
};

for (const { title, forgets } of memories) {
  describe(`a workflow ${title}`, () => {
    let w: WorkflowHarness;
    before(async () => {
      w = await openWorkflows({ forgets });
    });
    after(() => w[Symbol.asyncDispose]());

    const refusalOf = async (workflow: Started, kind: 'pause-workflow' | 'resume-workflow' | 'retry-workflow') => {
      const outcome = await w.command(workflow, { kind });
      return outcome.kind === 'refused' ? outcome.refusal : outcome.kind;
    };

    test('that is paused starts nothing, records what ends, and goes on when it is resumed', async () => {
      const workflow = await w.start(chain);
      w.news();
      await w.command(workflow, { kind: 'pause-workflow', reason: 'deploying' });
      assert.equal(await w.status(workflow), 'paused');
      await w.apply(w.completed(workflow, 'a', 1));
      assert.deepEqual(w.news(), ['workflow.paused']);
      assert.deepEqual(await w.rows(workflow), ['a completed']);
      assert.equal(await refusalOf(workflow, 'pause-workflow'), 'not_running');
      assert.equal(await refusalOf(workflow, 'resume-workflow'), 'granted');
      assert.deepEqual(w.news(), ['workflow.resumed', 'task.created b']);
      assert.equal((await w.row(workflow, 'b')).payload, '1');
      assert.equal(await refusalOf(workflow, 'resume-workflow'), 'not_paused');
    });

    test('that is paused keeps a failure, a wait and a signal until it is resumed', async () => {
      const workflow = await w.start({
        steps: [
          { key: 'nap', sleep: { for: 1_000 } },
          { key: 'ok', waitForSignal: { signal: 'go', timeout: 1_000 } },
          work('b', ['nap', 'ok']),
          work('c'),
        ],
      });
      await w.command(workflow, { kind: 'pause-workflow' });
      await w.command(workflow, { kind: 'signal-workflow', signal: 'go', payload: '1' });
      await w.elapse(workflow);
      assert.deepEqual(await w.rows(workflow), ['c queued', 'nap completed', 'ok completed']);
      await w.apply(w.failed(workflow, 'c'));
      assert.equal(await w.status(workflow), 'paused');
      w.news();
      await w.command(workflow, { kind: 'resume-workflow' });
      assert.deepEqual(w.news(), ['workflow.resumed', 'workflow.failed c']);
      assert.equal(JSON.parse((await w.header(workflow)).error ?? '').message, 'c broke');
    });

    test('that is paused can be cancelled', async () => {
      const workflow = await w.start(chain);
      await w.command(workflow, { kind: 'pause-workflow' });
      await w.apply(w.completed(workflow, 'a'));
      await w.command(workflow, { kind: 'cancel-workflow' });
      assert.equal(await w.status(workflow), 'cancelled');
    });

    test('a step whose preparation ended during a pause begins after it', async () => {
      await w.register('held', { steps: [{ key: 'nap', sleep: {}, mapped: true }] });
      const workflow = await w.start('held');
      await w.command(workflow, { kind: 'pause-workflow' });
      await w.apply(w.completed(workflow, 'nap/prepare', { until: '2100-01-01T00:00:00Z' }));
      assert.deepEqual(await w.rows(workflow), ['nap/prepare completed']);
      await w.command(workflow, { kind: 'resume-workflow' });
      assert.deepEqual(await w.rows(workflow), ['nap scheduled', 'nap/prepare completed']);
    });

    test('that failed runs its failed and its unstarted steps again, and keeps what completed', async () => {
      const workflow = await w.start(chain);
      await w.apply(w.completed(workflow, 'a', 7));
      await w.apply(w.failed(workflow, 'b'));
      w.news();
      assert.equal(await refusalOf(workflow, 'retry-workflow'), 'granted');
      assert.deepEqual(w.news(), ['workflow.retried', 'task.retry-requested b']);
      assert.deepEqual(w.reported('workflow.retried').at(-1)?.from, ['b']);
      const reported = w.reported('task.retry-requested').at(-1);
      assert.deepEqual(
        [reported?.generation, reported?.payload, reported?.workflow],
        [2, 7, { workflowId: workflow.id, name: 'wf', step: 'b' }],
      );
      const { status, error, failed_step, finished_at } = await w.header(workflow);
      assert.deepEqual([status, error, failed_step, finished_at], ['running', null, null, null]);
      await w.apply(w.completed(workflow, 'b', 1, 1));
      assert.deepEqual(await w.rows(workflow), ['a completed', 'b queued'], 'the former run is over');
      await w.apply(w.completed(workflow, 'b', 'B', 2));
      await w.apply(w.completed(workflow, 'c', 'C'));
      assert.equal((await w.header(workflow)).output, '{"c":"C"}');
      assert.equal(await refusalOf(workflow, 'retry-workflow'), 'already_completed');
    });

    test('runs again from a step, with all that follow it, and reads the new results', async () => {
      const workflow = await w.start({
        steps: [
          work('a'),
          work('b', ['a']),
          work('c', ['b'], { payload: { $from: 'steps.b.result' } }),
          work('bad', ['c']),
        ],
      });
      for (const key of ['a', 'b', 'c']) await w.apply(w.completed(workflow, key, `old ${key}`));
      await w.apply(w.failed(workflow, 'bad'));
      assert.deepEqual(await w.command(workflow, { kind: 'retry-workflow', from: 'b' }), { kind: 'granted' });
      assert.deepEqual(await w.rows(workflow), ['a completed', 'b queued', 'bad blocked', 'c blocked']);
      await w.apply(w.completed(workflow, 'b', 'new b', 2));
      assert.equal((await w.row(workflow, 'c')).payload, '"new b"');
      const unknown = await w.command(workflow, { kind: 'retry-workflow', from: 'nowhere' });
      assert.equal(unknown.kind === 'refused' && unknown.refusal, 'unknown_step');
    });

    test('is not retried while it runs, or while one of its steps still does', async () => {
      const workflow = await w.start({ steps: [work('a'), work('b')] });
      assert.equal(await refusalOf(workflow, 'retry-workflow'), 'not_finished');
      await w.apply(w.failed(workflow, 'a'));
      const outcome = await w.command(workflow, { kind: 'retry-workflow' });
      assert.deepEqual(outcome, { kind: 'refused', refusal: 'not_finished', status: 'failed', names: ['b'] });
      await w.apply(w.completed(workflow, 'b'));
      assert.equal(await refusalOf(workflow, 'retry-workflow'), 'granted');
      assert.deepEqual(await w.rows(workflow), ['a queued', 'b completed']);
    });

    test('that ends and is retried in one batch is retried from what it ended as', async () => {
      const workflow = await w.start({ steps: [work('a'), { key: 'nap', sleep: { for: 1_000 } }] });
      const [outcome] = await Promise.all([
        w.storage.advance.submit({
          kind: 'retry-workflow',
          tenantId: '00000000-0000-0000-0000-000000000000',
          workflowId: workflow.id,
        }),
        w.storage.apply(w.failed(workflow, 'a')),
      ]);
      assert.deepEqual(outcome, { kind: 'granted' });
      assert.deepEqual(await w.rows(workflow), ['a queued', 'nap scheduled']);
      await w.elapse(workflow);
      await w.apply(w.completed(workflow, 'a', null, 2));
      assert.equal(await w.status(workflow), 'completed');
    });

    test('goes on with the latest version when what it keeps fits', async () => {
      await w.register('versions', chain, 1);
      const workflow = await w.start('versions');
      await w.apply(w.completed(workflow, 'a', 1));
      await w.apply(w.failed(workflow, 'b'));
      const next: GraphDefinition = { steps: [work('a'), work('b2', ['a']), work('c', ['b2'])] };
      await w.register('versions', next, 2);
      const stored = (graph: GraphDefinition) => {
        const compiled = w.storage.graphs.compile(graph);
        assert.ok('hash' in compiled);
        return compiled;
      };
      const misfit: GraphDefinition = { steps: [work('a', [], { type: 'other' }), work('b', ['a'])] };
      await w.register('versions', misfit, 3);
      const refused = await w.command(workflow, {
        kind: 'retry-workflow',
        onto: { version: 3, stored: stored(misfit) },
      });
      assert.deepEqual(refused, { kind: 'refused', refusal: 'incompatible_graph', status: 'failed', names: ['a'] });
      await w.command(workflow, { kind: 'retry-workflow', onto: { version: 2, stored: stored(next) } });
      assert.equal((await w.header(workflow)).version, 2);
      await w.apply(w.completed(workflow, 'b2'));
      await w.apply(w.completed(workflow, 'c', 'end'));
      const { status, output } = await w.header(workflow);
      assert.deepEqual([status, output], ['completed', '{"c":"end"}']);
    });

    test('that was cancelled runs again', async () => {
      const workflow = await w.start({ steps: [work('a'), { key: 'nap', dependsOn: ['a'], sleep: { for: 1_000 } }] });
      await w.apply(w.completed(workflow, 'a'));
      await w.command(workflow, { kind: 'cancel-workflow' });
      assert.deepEqual(
        [await w.status(workflow), await w.rows(workflow)],
        ['cancelled', ['a completed', 'nap cancelled']],
      );
      assert.equal(await refusalOf(workflow, 'retry-workflow'), 'granted');
      assert.deepEqual(
        [await w.status(workflow), await w.rows(workflow)],
        ['waiting', ['a completed', 'nap scheduled']],
      );
      await w.elapse(workflow);
      assert.equal(await w.status(workflow), 'completed');
    });
  });
}
