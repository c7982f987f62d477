import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openWorkflows, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import { sourceIdentity } from '../../../testing/storage-harness.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';

const work = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  ...rest,
});
const charged = { amount: { $from: 'steps.price.result' } };
const order = { steps: [work('price'), work('stock'), work('charge', ['price', 'stock'], { payload: charged })] };

class TakenBack extends Error {}

/** A database that answers a COMMIT and whose crash takes it back, or that begins another run within a transaction. */
function crashing() {
  let takes: (() => void) | undefined;
  let within: (() => void) | undefined;
  let transactions = 0;
  return {
    transactions: () => transactions,
    /** The next COMMIT is answered, and gone. `then` is called after the answer and before the writer hears of it. */
    takeBackNext: (then: () => void) => {
      takes = then;
    },
    /** Called when the next transaction has decided everything and not committed. */
    beforeNextCommit: (then: () => void) => {
      within = then;
    },
    advanceStore: (store: AdvanceStore): AdvanceStore => ({
      ...store,
      transaction: async (work_, emits) => {
        transactions += 1;
        const [taken, between] = [takes, within];
        takes = undefined;
        within = undefined;
        let value: Awaited<ReturnType<typeof work_>> | undefined;
        const carriedOut = store.transaction(async (tx) => {
          value = await work_(between === undefined ? tx : { ...tx, settle: (all) => tx.settle(all).finally(between) });
          if (taken) throw new TakenBack();
          return value;
        }, emits);
        const result = await carriedOut.catch((error: unknown) => {
          if (!(error instanceof TakenBack)) throw error;
          return value;
        });
        taken?.();
        return result as Awaited<ReturnType<typeof work_>>;
      },
    }),
  };
}

const events = (w: WorkflowHarness, workflow: Parameters<WorkflowHarness['completed']>[0]) => ({
  price: w.completed(workflow, 'price', 4200),
  stock: w.completed(workflow, 'stock', 'there'),
});

describe('a COMMIT that a crash took back', () => {
  for (const when of ['before anybody hears of it', 'a moment later'] as const) {
    test(`is not believed by memory, whether the other run is noticed ${when}`, async () => {
      const crash = crashing();
      await using w = await openWorkflows({ advanceStore: crash.advanceStore });
      const workflow = await w.start(order);
      const { price, stock } = events(w, workflow);
      const submit = (from: number, ...some: (typeof price)[]) =>
        w.storage.advance.submit({
          kind: 'apply-execution-events',
          move: { source: 'task-execution', stream: 0, from, to: from + 1, logIdentity: sourceIdentity },
          events: some,
        });
      const { change } = w.storage.incarnation;
      crash.takeBackNext(when === 'a moment later' ? () => {} : change);
      await submit(0, price);
      if (when === 'a moment later') change();
      assert.deepEqual(await w.rows(workflow), ['price queued', 'stock queued']);
      await submit(0, stock);
      assert.deepEqual(await w.rows(workflow), ['price queued', 'stock completed']);
      await submit(1, price);
      assert.deepEqual(await w.rows(workflow), ['charge queued', 'price completed', 'stock completed']);
      assert.equal((await w.row(workflow, 'charge')).payload, '{"amount":4200}');
    });
  }
});

test('a transaction that decided while the database began another run does not commit, and is taken again from the rows', async () => {
  const crash = crashing();
  await using w = await openWorkflows({ advanceStore: crash.advanceStore });
  const workflow = await w.start(order);
  const { price, stock } = events(w, workflow);
  const before = crash.transactions();
  crash.beforeNextCommit(w.storage.incarnation.change);
  await w.storage.apply(price);
  assert.equal(crash.transactions() - before, 2);
  await w.storage.apply(stock);
  assert.equal((await w.row(workflow, 'charge')).payload, '{"amount":4200}');
});

test('what is known to be stored is asked again in another run: a graph is sent once more', async () => {
  await using w = await openWorkflows();
  const first = await w.start(order);
  await w.storage.sql('delete from workflow_graphs');
  w.storage.incarnation.change();
  const second = await w.start(order);
  assert.equal((await w.storage.sql('select * from workflow_graphs')).length, 1);
  for (const one of [first, second]) {
    const { price, stock } = events(w, one);
    await w.apply(price, stock);
    assert.equal((await w.row(one, 'charge')).payload, '{"amount":4200}');
  }
});
