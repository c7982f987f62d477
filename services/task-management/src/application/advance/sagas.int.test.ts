import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { GraphDefinition, StepDefinition } from '../../domain/workflow/graph.ts';

const undoable = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  compensation: { type: `undo-${key}`, payload: { of: { $from: `steps.${key}.result` } } },
  ...rest,
});
const plain = (key: string, dependsOn: string[] = []): StepDefinition => ({ key, type: 'work', dependsOn });
const order: GraphDefinition = {
  steps: [undoable('reserve'), undoable('charge', ['reserve']), plain('ship', ['charge'])],
};

for (const { title, forgets } of memories) {
  describe(`a saga ${title}`, () => {
    let w: WorkflowHarness;
    before(async () => {
      w = await openWorkflows({ forgets });
    });
    after(() => w[Symbol.asyncDispose]());

    const run = async (saga: Started, ...keys: string[]) => {
      for (const key of keys) await w.apply(w.completed(saga, key, { id: key }));
    };

    test('undoes what was done, the last first, and ends as compensated', async () => {
      const saga = await w.start(order);
      await run(saga, 'reserve', 'charge');
      w.news();
      await w.apply(w.failed(saga, 'ship'));
      assert.deepEqual(w.news(), ['workflow.compensating ship', 'task.created charge/compensation']);
      assert.equal(await w.status(saga), 'compensating');
      const task = await w.row(saga, 'charge/compensation');
      assert.deepEqual([task.type, JSON.parse(task.payload)], ['undo-charge', { of: { id: 'charge' } }]);
      assert.equal(JSON.parse(task.options ?? '{}').retry.maxAttempts, 10);
      await run(saga, 'charge/compensation');
      assert.deepEqual(w.news(), ['task.created reserve/compensation']);
      await run(saga, 'reserve/compensation');
      assert.deepEqual(w.news(), ['workflow.compensated ship']);
      const header = await w.header(saga);
      assert.deepEqual([header.status, header.failed_step], ['compensated', 'ship']);
      assert.equal(JSON.parse(header.error ?? '{}').message, 'ship broke');
      assert.equal(w.reported('workflow.compensated').at(-1)?.compensations, 2);
    });

    test('without anything to undo fails at once', async () => {
      const saga = await w.start({ steps: [plain('a'), undoable('b', ['a'])] });
      w.news();
      await w.apply(w.failed(saga, 'a'));
      assert.deepEqual(w.news(), ['workflow.compensating a', 'workflow.failed a']);
      assert.equal(await w.status(saga), 'failed');
      const none = await w.start({ steps: [plain('a'), plain('b')] });
      w.news();
      await w.apply(w.failed(none, 'a'));
      assert.deepEqual(w.news(), ['workflow.failed a']);
    });

    test('that is told to stop leaves what was done', async () => {
      const saga = await w.start({ ...order, onFailure: 'stop' });
      await run(saga, 'reserve');
      await w.apply(w.failed(saga, 'charge'));
      assert.equal(await w.status(saga), 'failed');
      assert.deepEqual(await w.rows(saga), ['charge failed', 'reserve completed']);
    });

    test('waits for what runs, and undoes it too when it completes', async () => {
      const saga = await w.start({ steps: [undoable('a'), undoable('b'), plain('c')] });
      await run(saga, 'a');
      await w.apply(w.failed(saga, 'c'));
      assert.deepEqual(await w.rows(saga), ['a completed', 'a/compensation queued', 'b queued', 'c failed']);
      await run(saga, 'b');
      await run(saga, 'a/compensation');
      assert.equal(await w.status(saga), 'compensating');
      await run(saga, 'b/compensation');
      assert.equal(await w.status(saga), 'compensated');
    });

    test('undoes a step of which nobody knows whether it was done, and not one that is known to have failed', async () => {
      const unknown = await w.start(order);
      await run(unknown, 'reserve');
      await w.apply(w.failed(unknown, 'charge', { unknown: true }));
      const task = await w.row(unknown, 'charge/compensation');
      assert.deepEqual(JSON.parse(task.payload), { of: null });
      const known = await w.start(order);
      await run(known, 'reserve');
      await w.apply(w.failed(known, 'charge'));
      assert.deepEqual(await w.rows(known), ['charge failed', 'reserve completed', 'reserve/compensation queued']);
    });

    test('does not go back behind a point of no return', async () => {
      const saga = await w.start({
        steps: [undoable('a'), undoable('b', ['a'], { commit: true }), undoable('c', ['b']), plain('d', ['c'])],
      });
      await run(saga, 'a', 'b', 'c');
      await w.apply(w.failed(saga, 'd'));
      await run(saga, 'c/compensation');
      assert.equal(await w.status(saga), 'compensated');
      assert.ok(!(await w.rows(saga)).some((row) => row.startsWith('a/comp') || row.startsWith('b/comp')));
    });

    test('gets stuck when a compensation fails, and goes on when it is retried', async () => {
      const saga = await w.start(order);
      await run(saga, 'reserve', 'charge');
      await w.apply(w.failed(saga, 'ship'));
      w.news();
      await w.apply(w.failed(saga, 'charge/compensation'));
      assert.deepEqual(w.news(), ['workflow.compensation-stuck charge']);
      assert.equal(await w.status(saga), 'compensation-stuck');
      assert.deepEqual(await w.command(saga, { kind: 'retry-workflow' }), { kind: 'granted' });
      assert.deepEqual(w.news(), ['workflow.compensating ship', 'task.retry-requested charge/compensation']);
      const row = await w.row(saga, 'charge/compensation');
      assert.deepEqual([row.generation, row.status, row.error], [2, 'queued', null]);
      await w.apply(w.completed(saga, 'charge/compensation', null, 1));
      assert.equal(await w.status(saga), 'compensating', 'a fact of the former generation means nothing');
      await w.apply(w.completed(saga, 'charge/compensation', null, 2));
      await run(saga, 'reserve/compensation');
      assert.equal(await w.status(saga), 'compensated');
    });

    test('goes on when somebody settles what is stuck, and only that', async () => {
      const saga = await w.start(order);
      await run(saga, 'reserve', 'charge');
      await w.apply(w.failed(saga, 'ship'));
      const settle = (step: string) =>
        w.command(saga, { kind: 'resolve-compensation', step, reason: 'refunded by phone' });
      assert.equal(((await settle('charge')) as { refusal?: string }).refusal, 'compensation_not_stuck');
      assert.equal(((await settle('nothing')) as { refusal?: string }).refusal, 'unknown_step');
      await w.apply(w.failed(saga, 'charge/compensation'));
      assert.deepEqual(await settle('charge'), { kind: 'granted' });
      assert.deepEqual(await w.rows(saga), [
        'charge completed',
        'charge/compensation skipped',
        'reserve completed',
        'reserve/compensation queued',
        'ship failed',
      ]);
      await run(saga, 'reserve/compensation');
      assert.equal(await w.status(saga), 'compensated');
      assert.equal(w.reported('workflow.compensated').at(-1)?.compensations, 2);
    });

    test('is undone when it is cancelled so, and not twice', async () => {
      const saga = await w.start(order);
      await run(saga, 'reserve');
      w.news();
      const cancel = () => w.command(saga, { kind: 'cancel-workflow', compensate: true, reason: 'changed my mind' });
      assert.deepEqual(await cancel(), { kind: 'granted' });
      assert.deepEqual(w.news(), ['workflow.compensating', 'task.cancel-requested']);
      assert.equal(((await cancel()) as { refusal?: string }).refusal, 'already_compensating');
      await w.apply(w.cancelled(saga, 'charge'));
      assert.deepEqual(w.news(), ['task.cancelled charge', 'task.created reserve/compensation']);
      await run(saga, 'reserve/compensation');
      const { status, cancel_reason, failed_step } = await w.header(saga);
      assert.deepEqual([status, cancel_reason, failed_step], ['compensated', 'changed my mind', null]);
    });

    test('that is cancelled with nothing to undo is cancelled', async () => {
      const saga = await w.start(order);
      await w.command(saga, { kind: 'cancel-workflow', compensate: true });
      await w.apply(w.cancelled(saga, 'reserve'));
      assert.equal(await w.status(saga), 'cancelled');
    });

    test('runs once more from scratch after it was compensated', async () => {
      const saga = await w.start(order);
      await run(saga, 'reserve');
      await w.apply(w.failed(saga, 'charge'));
      await run(saga, 'reserve/compensation');
      assert.equal(await w.status(saga), 'compensated');
      w.news();
      assert.deepEqual(await w.command(saga, { kind: 'retry-workflow' }), { kind: 'granted' });
      assert.deepEqual(w.news(), ['workflow.retried', 'task.retry-requested reserve']);
      for (const key of ['reserve', 'charge']) await w.apply(w.completed(saga, key, { id: key }, 2));
      await w.apply(w.failed(saga, 'ship'));
      await w.apply(w.completed(saga, 'charge/compensation', null));
      await w.apply(w.completed(saga, 'reserve/compensation', null, 2));
      assert.equal(await w.status(saga), 'compensated');
    });

    test('takes repeated and late reports for what they are', async () => {
      const saga = await w.start(order);
      await run(saga, 'reserve', 'charge');
      await w.apply(w.failed(saga, 'ship'), w.failed(saga, 'ship'), w.completed(saga, 'charge'));
      await w.apply(w.completed(saga, 'charge/compensation'), w.completed(saga, 'charge/compensation'));
      const before = await w.rows(saga);
      await w.apply(w.failed(saga, 'charge/compensation'), w.completed(saga, 'ship'));
      assert.deepEqual(await w.rows(saga), before);
      assert.equal(before.filter((row) => row.includes('/compensation')).length, 2);
    });
  });
}
