import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memories, openWorkflows } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';

/** More results than one transaction reads for one workflow. */
const many = Array.from({ length: 40 }, (_, i) => `s${i}`);
const large = 'x'.repeat(1_000_000);

for (const { title, forgets } of memories) {
  describe(`results that are too much for one transaction, of a workflow ${title}`, () => {
    test('keep no step from beginning after a pause', async () => {
      await using w = await openWorkflows({ forgets });
      const steps = many.flatMap((key): StepDefinition[] => [
        { key, type: 'work' },
        { key: `${key}-next`, type: 'work', dependsOn: [key], payload: { $from: `steps.${key}.result` } },
      ]);
      const workflow = await w.start({ steps });
      await w.command(workflow, { kind: 'pause-workflow' });
      for (const key of many) await w.apply(w.completed(workflow, key, large));
      await w.command(workflow, { kind: 'resume-workflow' });
      const rows = await w.rows(workflow);
      assert.equal(rows.filter((row) => row.endsWith('-next queued')).length, many.length);
      assert.equal(await w.status(workflow), 'running');
      assert.deepEqual(await w.storage.sql('select * from waits'), []);
    });

    test('keep no step from being undone', async () => {
      await using w = await openWorkflows({ forgets });
      const steps = many.map(
        (key): StepDefinition => ({
          key,
          type: 'work',
          compensation: { type: 'undo', payload: { $from: `steps.${key}.result` } },
        }),
      );
      const workflow = await w.start({ steps: [...steps, { key: 'bad', type: 'work' }] });
      for (const key of many) await w.apply(w.completed(workflow, key, large));
      await w.apply(w.failed(workflow, 'bad'));
      const compensations = (await w.rows(workflow)).filter((row) => row.endsWith('/compensation queued'));
      assert.equal(compensations.length, many.length);
      for (const key of many) await w.apply(w.completed(workflow, `${key}/compensation`));
      assert.equal(await w.status(workflow), 'compensated');
    });

    test('fail a step that reads too many of them by itself', async () => {
      await using w = await openWorkflows({ forgets });
      const steps: StepDefinition[] = many.map((key) => ({ key, type: 'work' }));
      const payload = many.map((key) => ({ $from: `steps.${key}.result` }));
      const workflow = await w.start({ steps: [...steps, { key: 'all', type: 'work', dependsOn: many, payload }] });
      for (const key of many) await w.apply(w.completed(workflow, key, large));
      const { status, error, failed_step } = await w.header(workflow);
      assert.deepEqual([status, failed_step, JSON.parse(error ?? '').code], ['failed', 'all', 'payload_too_large']);
    });

    test('are left for as long as somebody may hold what was put off', async () => {
      await using w = await openWorkflows({ forgets });
      const steps = many.flatMap((key): StepDefinition[] => [
        { key, type: 'work' },
        { key: `${key}-next`, type: 'work', dependsOn: [key], payload: { $from: `steps.${key}.result` } },
      ]);
      const workflow = await w.start({ steps });
      await w.command(workflow, { kind: 'pause-workflow' });
      for (const key of many) await w.apply(w.completed(workflow, key, large));
      const ask = (kind: 'resume-workflow' | 'pause-workflow' | 'cancel-workflow') =>
        w.storage.advance.submit({ kind, tenantId: '00000000-0000-0000-0000-000000000000', workflowId: workflow.id });
      await ask('resume-workflow');
      const left = await w.storage.sql<{ kind: string; step: string }>('select kind, step from waits');
      assert.deepEqual(left, [{ kind: 'begin', step: '' }], 'one row, however many steps are left');
      const before = (await w.rows(workflow)).filter((row) => row.includes('-next')).length;
      assert.ok(before > 0 && before < many.length, String(before));
      await ask('cancel-workflow');
      await w.fire();
      assert.deepEqual(await w.storage.sql('select * from waits'), []);
      const begun = (await w.rows(workflow)).filter((row) => row.includes('-next'));
      assert.equal(begun.length, before);
      await w.apply(...begun.map((row) => w.cancelled(workflow, row.split(' ')[0] ?? '')));
      assert.equal(await w.status(workflow), 'cancelled');
    });
  });
}
