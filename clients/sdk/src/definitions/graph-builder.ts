import type { Needs as AnyNeeds, Visible } from './step-options.ts';
import type { WaitVerbs } from './wait-verbs.ts';
import type { SerialisableResult, WorkVerbs } from './work-verbs.ts';

declare const value: unique symbol;

type OutputMapping<Input, Needs, Result> = ((seen: Visible<Input, Needs>) => Result) & SerialisableResult<Result>;

export interface Output<Result> {
  readonly [value]?: { readonly result: Result };
  readonly kind: 'output';
}

/**
 * Draws the graph of one workflow. A step starts when every step in its `needs` is through. Its functions are evaluated
 * by a worker, must be pure, and see only the workflow's input and what `needs` names. Each verb gives the step's
 * handle, for the `needs` of later steps; where the step has `when` or `onError: 'continue'`, readers see `undefined`
 * when it was skipped or failed.
 */
export interface GraphBuilder<Input> extends WorkVerbs<Input>, WaitVerbs<Input> {
  /**
   * Makes the workflow's output from the results of the steps in `needs`; the build function returns it.
   *
   * @example
   * import { task, workflow } from '@taskflow/sdk';
   *
   * const add = task({ id: 'add', run: ([a, b]: [number, number]) => a + b });
   * const sum = workflow({ id: 'sum' }, (w) => {
   *   const three = w.step('three', add, { input: () => [1, 2] });
   *   const seven = w.step('seven', add, { needs: { three }, input: ({ three }) => [three, 4] });
   *   return w.output({ three, seven }, (seen) => ({ three: seen.three, seven: seen.seven }));
   * });
   * console.log(sum.toMermaid().split('\n').length); // 7
   */
  output<Result, Needs extends AnyNeeds>(needs: Needs, map: OutputMapping<Input, Needs, Result>): Output<Result>;
}
