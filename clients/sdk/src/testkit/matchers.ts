import { AssertionError } from 'node:assert';
import type { WorkflowHandle } from '../client/workflow-handle.ts';
import type { AnyWorkflow } from '../definitions/workflow-graph.ts';
import {
  type Compensated,
  type ExpectedFailure,
  judgeCompensated,
  judgeCompleted,
  judgeFailed,
  judgeGraph,
  type MatchResult,
  type Run,
} from './judge-runs.ts';

/**
 * Asserts that the run completed, with this output where one is given.
 *
 * @example
 * import { task } from '@taskflow/sdk';
 * import { assertCompleted, testkit } from '@taskflow/sdk/testing';
 *
 * const add = task({ id: 'add', run: ([a, b]: [number, number]) => a + b });
 *
 * await using t = await testkit();
 * const run = await t.start(add, [1, 2]);
 * await t.settle();
 * await assertCompleted(run, 3);
 */
export async function assertCompleted(run: Run, output?: unknown): Promise<void> {
  check(await judgeCompleted(run, ...(output === undefined ? [] : [output])), assertCompleted);
}

/**
 * Asserts that the run failed for good, with this code and step where they are given.
 *
 * @example
 * import { TerminalError, task } from '@taskflow/sdk';
 * import { assertFailed, testkit } from '@taskflow/sdk/testing';
 *
 * const charge = task({
 *   id: 'card.charge',
 *   run: (_cents: number): string => {
 *     throw new TerminalError('declined', { code: 'card_declined' });
 *   },
 * });
 *
 * await using t = await testkit();
 * const run = await t.start(charge, 250);
 * await t.settle();
 * await assertFailed(run, { code: 'card_declined' });
 */
export async function assertFailed(run: Run, failure: ExpectedFailure = {}): Promise<void> {
  check(await judgeFailed(run, failure), assertFailed);
}

/**
 * Asserts that the workflow failed and its steps were undone by these tasks and no others, in this order. Of tasks that
 * ran side by side the order is that in which their handlers began.
 *
 * @example
 * import { TerminalError, task, workflow } from '@taskflow/sdk';
 * import { assertCompensated, testkit } from '@taskflow/sdk/testing';
 *
 * const hold = task({ id: 'stock.hold', run: (sku: string) => `hold of ${sku}` });
 * const release = task({ id: 'stock.release', run: (_hold: string) => 'released' });
 * const charge = task({
 *   id: 'card.charge',
 *   run: (_cents: number): string => {
 *     throw new TerminalError('declined');
 *   },
 * });
 * const order = workflow({ id: 'order' }, (w) => {
 *   const stock = w.step('hold', hold, {
 *     input: () => 'tea',
 *     compensate: { task: release, input: ({ output }) => output },
 *   });
 *   const paid = w.step('charge', charge, { needs: { stock }, input: () => 250 });
 *   return w.output({ paid }, (seen) => seen.paid);
 * });
 *
 * await using t = await testkit();
 * const run = await t.start(order, undefined);
 * await t.settle();
 * await assertCompensated(run, ['stock.release']);
 */
export async function assertCompensated(
  run: WorkflowHandle<unknown>,
  compensated: readonly Compensated[],
): Promise<void> {
  check(await judgeCompensated(run, compensated), assertCompensated);
}

/**
 * Asserts that the graph of the definition is this Mermaid text, so that a change of its shape shows as one of the text.
 *
 * @example
 * import { task, workflow } from '@taskflow/sdk';
 * import { assertGraph } from '@taskflow/sdk/testing';
 *
 * const hold = task({ id: 'stock.hold', run: (sku: string) => `hold of ${sku}` });
 * const order = workflow({ id: 'order' }, (w) => {
 *   const stock = w.step('hold', hold, { input: () => 'tea' });
 *   return w.output({ stock }, (seen) => seen.stock);
 * });
 *
 * assertGraph(order, 'flowchart LR\n  s0["hold"]\n  s1["$output"]\n  s0 --> s1');
 */
export function assertGraph(definition: AnyWorkflow, mermaid: string): void {
  check(judgeGraph(definition, mermaid), assertGraph);
}

/**
 * Matchers for `expect.extend` of Vitest and Jest.
 *
 * @example
 * import { task } from '@taskflow/sdk';
 * import { matchers, testkit } from '@taskflow/sdk/testing';
 *
 * const add = task({ id: 'add', run: ([a, b]: [number, number]) => a + b });
 *
 * await using t = await testkit();
 * const run = await t.start(add, [1, 2]);
 * await t.settle();
 * // As `await expect(run).toHaveCompleted(3)` asks it:
 * const { pass } = await matchers.toHaveCompleted(run, 3);
 * console.log(pass); // true
 */
export const matchers = {
  toHaveCompleted: async (run: Run, ...output: [unknown?]) => answer(await judgeCompleted(run, ...output)),
  toHaveFailed: async (run: Run, failure: ExpectedFailure = {}) => answer(await judgeFailed(run, failure)),
  toHaveCompensated: async (run: WorkflowHandle<unknown>, compensated: readonly Compensated[]) =>
    answer(await judgeCompensated(run, compensated)),
  toMatchGraph: (definition: AnyWorkflow, mermaid: string) => answer(judgeGraph(definition, mermaid)),
};

/** The error of node:assert, of which every runner shows the difference. */
function check({ pass, message, actual, expected }: MatchResult, stackStartFn: (...args: never[]) => unknown): void {
  if (!pass) throw new AssertionError({ message, actual, expected, operator: 'deepStrictEqual', stackStartFn });
}

function answer({ pass, message, actual, expected }: MatchResult) {
  return { pass, message: () => (pass ? `not expected: ${message}` : message), actual, expected };
}
