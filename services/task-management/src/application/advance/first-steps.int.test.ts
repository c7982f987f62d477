import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorkflows } from '../../../testing/workflow-steps.ts';

const steps = ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, type: 'work', payload: { $from: 'input' } }));

/** Events by the entries that they were published in. */
const entriesOf = (events: readonly string[][]) =>
  events.map((entry) => entry.filter((type) => /created/.test(type)).length);

for (const [what, bounds] of [
  ['rows', { startRows: 2 }],
  ['bytes', { startBytes: 150 }],
] as const) {
  test(`a workflow starts with the ${what} that it may at once, and the rest begins in transactions`, async () => {
    await using w = await openWorkflows({ bounds });
    const workflow = await w.start({ steps }, 'x'.repeat(100));
    const begun = entriesOf(w.storage.published.map(({ events }) => events.map(({ type }) => type)));
    assert.equal(begun[0], 2, JSON.stringify(begun));
    assert.deepEqual(
      await w.rows(workflow),
      steps.map(({ key }) => `${key} queued`),
    );
    await w.apply(...steps.map(({ key }) => w.completed(workflow, key)));
    assert.equal(await w.status(workflow), 'completed');
  });
}
