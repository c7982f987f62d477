import type { TaskContext } from './context.ts';
import type { GraphDrawing } from './graph-drawing.ts';
import type {
  ChildOptions,
  EachOptions,
  ItemResults,
  Needs as AnyNeeds,
  NoNeeds,
  OnError as AnyOnError,
  Ref,
  RunOptions,
  StepOptions,
  StepResult,
  UncheckedMapping,
  UncheckedOptions,
  Visible,
} from './step-options.ts';
import { executionRequest } from './step-request.ts';
import type { AnyTask, ExecutionOptions, TaskDef } from './task.ts';
import type { Wire } from './wire-type.ts';
import type { AnyWorkflow, WorkflowDef } from './workflow-graph.ts';

/** No demand on a function when its result survives the wire, else one whose message names the culprit. */
export type SerialisableResult<Output> = [Output] extends [Wire<Output>]
  ? unknown
  : (...seen: never[]) => NoInfer<Wire<Output>> | Promise<NoInfer<Wire<Output>>>;
type InlineWork<Input, Needs, Output> = ((seen: Visible<Input, Needs>, ctx: TaskContext) => Output | Promise<Output>) &
  SerialisableResult<Output>;

/** The compensation of an inline step says itself what output it takes: the step's own must be one. */
type FitsCompensation<Output, CompensatedOutput> = [Output] extends [CompensatedOutput]
  ? unknown
  : { readonly compensate: { readonly input: (seen: { readonly output: Output }) => unknown } };

/** The verbs whose steps do work. */
export interface WorkVerbs<Input> {
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
}

/** The name of a definition. */
export interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** Types of the platform's own work; each names the definition, so that it reaches only workers that hold it. */
export const outputType = ({ id, version }: Versioned): string => `taskflow.output/${id}@${version}`;
export const runType = ({ id, version }: Versioned): string => `taskflow.run/${id}@${version}`;
export const prepareType = ({ id, version }: Versioned): string => `taskflow.prepare/${id}@${version}`;

interface UncheckedStepOptions extends UncheckedOptions, ExecutionOptions {
  readonly input: UncheckedMapping;
}
interface UncheckedEachOptions extends UncheckedStepOptions {
  readonly over: UncheckedMapping;
  readonly concurrency?: number;
  readonly tolerate?: number;
}
interface UncheckedChildOptions extends UncheckedStepOptions {
  readonly onParentClose?: 'cancel' | 'abandon';
}

const executionNames = ['queue', 'priority', 'retry', 'timeout'];
const compensationNames = ['compensate', 'commit'];

/** Draws what the verbs say. */
export function workVerbs(drawing: GraphDrawing, definition: Versioned) {
  const step = (key: string, task: AnyTask, options: UncheckedStepOptions): Ref<never> =>
    drawing.add(
      key,
      options,
      { known: [...executionNames, ...compensationNames, 'input'], execution: options },
      (place) => {
        drawing.definition(place, 'task', task);
        return {
          work: { kind: 'task', task, input: drawing.mapping(place, 'input', options.input) },
          request: { type: task.id, ...executionRequest(task, options) },
          mapped: true,
        };
      },
    );

  const run = (key: string, options: UncheckedOptions & ExecutionOptions, inline: UncheckedMapping): Ref<never> =>
    drawing.add(key, options, { known: [...executionNames, ...compensationNames], execution: options }, (place) => ({
      work: { kind: 'run', inline: drawing.mapping(place, 'the third argument', inline) },
      request: { type: runType(definition), ...executionRequest({}, options) },
      mapped: true,
    }));

  const each = (key: string, task: AnyTask, options: UncheckedEachOptions): Ref<never> => {
    const known = [...executionNames, ...compensationNames, 'input', 'over', 'concurrency', 'tolerate'];
    return drawing.add(key, options, { known, execution: options }, (place) => {
      drawing.definition(place, 'task', task);
      const over = drawing.mapping(place, 'over', options.over);
      const input = drawing.mapping(place, 'input', options.input);
      const { concurrency, tolerate } = options;
      const form = { ...(concurrency !== undefined && { concurrency }), ...(tolerate !== undefined && { tolerate }) };
      drawing.checkForm(place, 'each', form);
      return {
        work: { kind: 'each', task, over, input, tolerant: tolerate !== undefined },
        request: { type: task.id, each: form, ...executionRequest(task, options) },
        mapped: true,
      };
    });
  };

  const child = (key: string, workflow: AnyWorkflow, options: UncheckedChildOptions): Ref<never> =>
    drawing.add(
      key,
      options,
      { known: [...compensationNames, 'input', 'onParentClose'], unavailable: executionNames },
      (place) => {
        drawing.definition(place, 'workflow', workflow);
        const input = drawing.mapping(place, 'input', options.input);
        const { onParentClose } = options;
        const { id, version } = workflow;
        const form = { definition: id, version, ...(onParentClose !== undefined && { onParentClose }) };
        drawing.checkForm(place, 'child', form);
        return { work: { kind: 'child', workflow, input }, request: { child: form }, mapped: true };
      },
    );

  return { step, run, each, child };
}
