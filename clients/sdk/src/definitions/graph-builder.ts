import type { TaskContext } from './context.ts';
import type { Duration } from './duration.ts';
import type { EventDef } from './event.ts';
import type { SignalDef } from './signal.ts';
import type {
  Needs as AnyNeeds,
  OnError as AnyOnError,
  ChildOptions,
  EachOptions,
  ItemResults,
  NoNeeds,
  Ref,
  RunOptions,
  SleepOptions,
  StepOptions,
  Visible,
  WaitForEventOptions,
  WaitOptions,
} from './step-options.ts';
import type { TaskDef } from './task.ts';
import type { Wire } from './wire-type.ts';
import type { WorkflowDef } from './workflow-graph.ts';

declare const value: unique symbol;

/** The result as readers of a step see it: `undefined` too, where the step may be skipped or may fail alone. */
type StepResult<Output, Condition, OnError> = [Condition] extends [never]
  ? [OnError] extends ['fail']
    ? Output
    : Output | undefined
  : Output | undefined;

/** No demand on a function when its result survives the wire, else one whose message names the culprit. */
type SerialisableResult<Output> = [Output] extends [Wire<Output>]
  ? unknown
  : (...seen: never[]) => NoInfer<Wire<Output>> | Promise<NoInfer<Wire<Output>>>;
type InlineWork<Input, Needs, Output> = ((seen: Visible<Input, Needs>, ctx: TaskContext) => Output | Promise<Output>) &
  SerialisableResult<Output>;
type OutputMapping<Input, Needs, Result> = ((seen: Visible<Input, Needs>) => Result) & SerialisableResult<Result>;

/** The compensation of an inline step says itself what output it takes: the step's own must be one. */
type FitsCompensation<Output, CompensatedOutput> = [Output] extends [CompensatedOutput]
  ? unknown
  : { readonly compensate: { readonly input: (seen: { readonly output: Output }) => unknown } };

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
export interface GraphBuilder<Input> {
  /**
   * Adds a step that runs `task`.
   *
   * @example
   * import { task, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const hold = task({ id: 'stock.hold', run: (sku: string) => ({ hold: `h-${sku}` }) });
   * const release = task({ id: 'stock.release', run: (_hold: { hold: string }) => {} });
   *
   * const order = workflow({ id: 'order' }, (w) => {
   *   const stock = w.step('hold', hold, {
   *     input: () => 'tea',
   *     retry: { maxAttempts: 5 },
   *     compensate: { task: release, input: ({ output }) => output },
   *   });
   *   return w.output({ stock }, (seen) => seen.stock.hold);
   * });
   *
   * await using t = await testkit();
   * console.log(await t.execute(order, undefined)); // h-tea
   */
  step<
    TaskInput,
    Output,
    Needs extends AnyNeeds = NoNeeds,
    Condition extends boolean = never,
    OnError extends AnyOnError = 'fail',
    CompensationInput = never,
  >(
    name: string,
    task: TaskDef<TaskInput, never, Output>,
    options: StepOptions<Input, Needs, TaskInput, NoInfer<Output>, Condition, OnError, CompensationInput>,
  ): Ref<StepResult<Output, Condition, OnError>>;

  /**
   * Adds a small step whose code stands here: as durable as any other, without a task of its own. Its `compensate.input`
   * says the type of `output` itself (`{ output }: { output: Hold }`), for the code comes after it.
   *
   * @example
   * import { workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const dice = workflow({ id: 'dice' }, (w) => {
   *   const thrown = w.run('throw', {}, (_seen, { idempotencyKey }) => idempotencyKey.length % 6);
   *   const doubled = w.run('double', { needs: { thrown } }, ({ thrown }) => thrown * 2);
   *   return w.output({ thrown, doubled }, (seen) => seen.doubled === seen.thrown * 2);
   * });
   *
   * await using t = await testkit();
   * console.log(await t.execute(dice, undefined)); // true
   */
  run<
    Output,
    Needs extends AnyNeeds = NoNeeds,
    Condition extends boolean = never,
    OnError extends AnyOnError = 'fail',
    CompensationInput = never,
    CompensatedOutput = unknown,
  >(
    name: string,
    options: RunOptions<Input, Needs, CompensatedOutput, Condition, OnError, CompensationInput> &
      FitsCompensation<Output, CompensatedOutput>,
    inline: InlineWork<Input, Needs, Output>,
  ): Ref<StepResult<Output, Condition, OnError>>;

  /**
   * Adds one task per item of the list that `over` gives, at most 10,000; the results are in the order of the items. With
   * `tolerate`, the places of items that failed hold `undefined`. Write `over` before `input`, which learns the type of an
   * item from it.
   *
   * @example
   * import { task, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   * import { z } from 'zod';
   *
   * const count = task({ id: 'letters.count', run: (word: string) => word.length });
   *
   * const letters = workflow({ id: 'letters', input: z.array(z.string()) }, (w) => {
   *   const counts = w.each('count', count, { over: ({ input }) => input, input: (word) => word, concurrency: 10 });
   *   return w.output({ counts }, (seen) => seen.counts);
   * });
   *
   * await using t = await testkit();
   * console.log(await t.execute(letters, ['to', 'each', 'theirs'])); // [ 2, 4, 6 ]
   */
  each<
    Item,
    TaskInput,
    Output,
    Needs extends AnyNeeds = NoNeeds,
    Condition extends boolean = never,
    OnError extends AnyOnError = 'fail',
    CompensationInput = never,
    Tolerate extends number | undefined = undefined,
  >(
    name: string,
    task: TaskDef<TaskInput, never, Output>,
    options: EachOptions<
      Input,
      Needs,
      Item,
      NoInfer<TaskInput>,
      NoInfer<Output>,
      Condition,
      OnError,
      CompensationInput,
      Tolerate
    >,
  ): Ref<StepResult<ItemResults<Output, Tolerate>, Condition, OnError>>;

  /**
   * Adds a step that runs another workflow, in exactly the version given and with a history of its own; its output is the
   * step's result.
   *
   * @example
   * import { workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   * import { z } from 'zod';
   *
   * const ship = workflow({ id: 'ship', input: z.string() }, (w) => {
   *   const parcel = w.run('pack', {}, ({ input }) => `parcel of ${input}`);
   *   return w.output({ parcel }, (seen) => seen.parcel);
   * });
   * const order = workflow({ id: 'order' }, (w) => {
   *   const shipped = w.child('ship', ship, { input: () => 'tea', onParentClose: 'cancel' });
   *   return w.output({ shipped }, (seen) => seen.shipped);
   * });
   *
   * await using t = await testkit();
   * console.log(await t.execute(order, undefined)); // parcel of tea
   */
  child<
    ChildInput,
    Output,
    Needs extends AnyNeeds = NoNeeds,
    Condition extends boolean = never,
    OnError extends AnyOnError = 'fail',
    CompensationInput = never,
  >(
    name: string,
    workflow: WorkflowDef<ChildInput, Output>,
    options: ChildOptions<Input, Needs, ChildInput, NoInfer<Output>, Condition, OnError, CompensationInput>,
  ): Ref<StepResult<Output, Condition, OnError>>;

  /**
   * Adds a step that waits until the signal is sent to this workflow, and fails when `timeout` passes first.
   *
   * @example
   * import { signal, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   * import { z } from 'zod';
   *
   * const Approved = signal({ id: 'approved', payload: z.object({ by: z.string() }) });
   * const order = workflow({ id: 'order', input: z.object({ cents: z.int() }) }, (w) => {
   *   const approval = w.waitFor('approval', Approved, { when: ({ input }) => input.cents > 1_000, timeout: '2d' });
   *   // A step with `when` may be skipped, and its reader sees undefined then.
   *   return w.output({ approval }, (seen) => seen.approval?.by ?? 'nobody');
   * });
   *
   * await using t = await testkit();
   * console.log(await t.execute(order, { cents: 250 })); // nobody
   */
  waitFor<
    Payload,
    Needs extends AnyNeeds = NoNeeds,
    Condition extends boolean = never,
    OnError extends AnyOnError = 'fail',
  >(
    name: string,
    signal: SignalDef<never, Payload>,
    options: WaitOptions<Input, Needs, Condition, OnError> & { readonly timeout: Duration },
  ): Ref<StepResult<Payload, Condition, OnError>>;

  /**
   * Adds a step that waits for an event with this key, and fails when `timeout` passes first.
   *
   * @example
   * import { event, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   * import { z } from 'zod';
   *
   * const Paid = event({ id: 'paid', payload: z.object({ order: z.string() }), key: ({ order }) => order });
   * const order = workflow({ id: 'order', input: z.string() }, (w) => {
   *   const paid = w.waitForEvent('paid', Paid, { key: ({ input }) => input, timeout: '14d', onError: 'continue' });
   *   return w.output({ paid }, (seen) => (seen.paid === undefined ? 'never paid' : 'paid'));
   * });
   *
   * await using t = await testkit();
   * console.log(await t.execute(order, 'o-1')); // never paid
   */
  waitForEvent<
    Payload,
    Key extends string | number,
    Needs extends AnyNeeds = NoNeeds,
    Condition extends boolean = never,
    OnError extends AnyOnError = 'fail',
  >(
    name: string,
    event: EventDef<never, Payload, Key>,
    options: WaitForEventOptions<Input, Needs, NoInfer<Key>, Condition, OnError>,
  ): Ref<StepResult<Payload, Condition, OnError>>;

  /**
   * Adds a step that waits for a span, or until an instant; one in the past is over at once.
   *
   * @example
   * import { workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   * import { z } from 'zod';
   *
   * const reminder = workflow({ id: 'reminder', input: z.object({ due: z.date() }) }, (w) => {
   *   const due = w.sleep('due', { until: ({ input }) => input.due });
   *   const late = w.sleep('late', { needs: { due }, for: '1d' });
   *   return w.output({ late }, () => 'reminded');
   * });
   *
   * await using t = await testkit({ startAt: new Date('2030-01-01T00:00:00Z') });
   * console.log(await t.execute(reminder, { due: new Date('2030-02-01T00:00:00Z') })); // reminded
   * console.log(t.now().toISOString()); // 2030-02-02T00:00:00.000Z
   */
  sleep<Needs extends AnyNeeds = NoNeeds, Condition extends boolean = never>(
    name: string,
    options: SleepOptions<Input, Needs, Condition>,
  ): Ref<undefined>;

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
