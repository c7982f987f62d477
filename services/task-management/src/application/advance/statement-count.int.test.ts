import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';
import type { ReceivedEvent } from './advance-command.ts';

const work = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  ...rest,
});
const undo = { compensation: { type: 'undo' } };

/** How many statements the transaction sends in which so many workflows of a graph take these events. */
async function statementsOf(
  count: number,
  steps: readonly StepDefinition[],
  events: (w: WorkflowHarness, workflow: Started) => readonly ReceivedEvent[],
): Promise<number> {
  let statements = 0;
  await using w = await openWorkflows({
    forgets: true,
    advanceStore: (store) => ({
      ...store,
      transaction: (transaction, emits) =>
        store.transaction(
          (tx) =>
            transaction(
              new Proxy(tx, {
                get: (target, name) => {
                  const method: unknown = Reflect.get(target, name);
                  if (typeof method !== 'function') return method;
                  return (...parameters: unknown[]) => {
                    statements += 1;
                    return (method as (...p: unknown[]) => unknown)(...parameters);
                  };
                },
              }),
            ),
          emits,
        ),
    }),
  });
  await w.register('sub', { steps: [work('inner', [], { when: { $from: 'input.no' } })] });
  const workflows = await Promise.all(Array.from({ length: count }, () => w.start({ steps })));
  await w.storage.apply(...workflows.map((workflow) => w.completed(workflow, 'a', [1, 2, 3])));
  statements = 0;
  await w.storage.apply(...workflows.flatMap((workflow) => events(w, workflow)));
  return statements;
}

const transactions = {
  'that begin to wait, fan out and start children': {
    steps: [
      work('a'),
      work('b', ['a']),
      work('all', ['b'], { each: { over: { $from: 'steps.a.result' }, concurrency: 2 } }),
      { key: 'sub', child: { definition: 'sub' }, dependsOn: ['b'] },
      { key: 'nap', sleep: { for: 60_000 }, dependsOn: ['b'] },
      work('skipped', ['b'], { when: { value: { $from: 'steps.a.result.0' }, equals: 2 } }),
      work('reader', ['skipped', 'sub'], { payload: { $from: 'steps.a.result.1' } }),
    ],
    events: (w: WorkflowHarness, workflow: Started) => [w.completed(workflow, 'b')],
  },
  'whose fan-outs end': {
    steps: [
      work('a'),
      work('all', ['a'], { each: { over: { $from: 'steps.a.result' } } }),
      work('b', ['all'], { payload: { $from: 'steps.all.result' } }),
    ],
    events: (w: WorkflowHarness, workflow: Started) => [0, 1, 2].map((n) => w.completed(workflow, `all/${n}`)),
  },
  'that are undone': {
    steps: [
      work('a', [], { compensation: { type: 'undo', payload: { $from: 'steps.a.result' } } }),
      work('other', [], undo),
      { key: 'nap', sleep: { for: 60_000 } },
      work('b', ['a']),
    ],
    events: (w: WorkflowHarness, workflow: Started) => [
      w.failed(workflow, 'other', { unknown: true }),
      w.failed(workflow, 'b'),
    ],
  },
} as const;

for (const [what, { steps, events }] of Object.entries(transactions)) {
  test(`workflows ${what} take as many statements as one of them`, async () => {
    assert.equal(await statementsOf(20, steps, events), await statementsOf(1, steps, events));
  });
}

test('the end of an item takes the same statements in a small fan-out and in a large one', async () => {
  const steps = [work('a'), work('all', ['a'], { each: { over: { $from: 'steps.a.result' }, concurrency: 1 } })];
  const wide = [work('a'), work('all', ['a'], { each: { over: Array(5_000).fill(0), concurrency: 1 } })];
  const events = (w: WorkflowHarness, workflow: Started) => [w.completed(workflow, 'all/0')];
  assert.equal(await statementsOf(1, wide, events), await statementsOf(1, steps, events));
});
