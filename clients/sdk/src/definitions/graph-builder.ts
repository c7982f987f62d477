import type { TaskContext } from './context.ts';
import type { Duration } from './duration.ts';
import type { EventDef } from './event.ts';
import type { SignalDef } from './signal.ts';
import type {
  ChildOptions,
  EachOptions,
  Needs,
  NoNeeds,
  OnError,
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

/** A step that may be skipped, or that may fail without failing the workflow, has given nothing then. */
type Given<O, C, E> = [C] extends [never] ? ([E] extends ['fail'] ? O : O | undefined) : O | undefined;
type Items<O, K> = [K] extends [undefined] ? O[] : (O | undefined)[];

/** No demand on a function when its result survives the wire, else one whose message names the culprit. */
type Gives<O> = [O] extends [Wire<O>] ? unknown : (...seen: never[]) => NoInfer<Wire<O>> | Promise<NoInfer<Wire<O>>>;
/** The compensation of an inline step says itself what output it takes: the step's own must be one. */
type Undoable<O, U> = [O] extends [U]
  ? unknown
  : { readonly compensate: { readonly input: (seen: { readonly output: O }) => unknown } };

export interface Output<O> {
  readonly [value]?: { readonly result: O };
  readonly kind: 'output';
}

/**
 * Draws the graph of one workflow. A step starts when every step in its `needs` is through. Its functions are evaluated
 * by a worker, must be pure, and see only the workflow's input and what `needs` names. Each verb gives the step's
 * handle, for the `needs` of later steps; where the step has `when` or `onError: 'continue'`, readers see `undefined`
 * when it was skipped or failed.
 */
export interface GraphBuilder<WI> {
  /** A step that runs `task`. */
  step<I, P, O, N extends Needs = NoNeeds, C extends boolean = never, E extends OnError = 'fail', CI = never>(
    name: string,
    task: TaskDef<I, P, O>,
    options: StepOptions<WI, N, NoInfer<I>, NoInfer<O>, C, E, CI>,
  ): Ref<Given<O, C, E>>;

  /**
   * A small step whose code stands here: as durable as any other, without a task of its own. Its `compensate.input`
   * says the type of `output` itself (`{ output }: { output: Hold }`), for the code comes after it.
   */
  run<O, N extends Needs = NoNeeds, C extends boolean = never, E extends OnError = 'fail', CI = never, U = unknown>(
    name: string,
    options: RunOptions<WI, N, U, C, E, CI> & Undoable<O, U>,
    inline: ((seen: Visible<WI, N>, ctx: TaskContext) => O | Promise<O>) & Gives<O>,
  ): Ref<Given<O, C, E>>;

  /**
   * One task per item of the list that `over` gives, at most 10,000; the results in the order of the items. With
   * `tolerate`, the places of items that failed hold `undefined`. Write `over` before `input`, which learns the type of
   * an item from it.
   */
  each<
    T,
    I,
    P,
    O,
    N extends Needs = NoNeeds,
    C extends boolean = never,
    E extends OnError = 'fail',
    CI = never,
    K extends number | undefined = undefined,
  >(
    name: string,
    task: TaskDef<I, P, O>,
    options: EachOptions<WI, N, T, NoInfer<I>, NoInfer<O>, C, E, CI, K>,
  ): Ref<Given<Items<O, K>, C, E>>;

  /** Runs another workflow, in exactly the version given, with a history of its own; its output is the step's result. */
  child<I, O, N extends Needs = NoNeeds, C extends boolean = never, E extends OnError = 'fail', CI = never>(
    name: string,
    workflow: WorkflowDef<I, O>,
    options: ChildOptions<WI, N, NoInfer<I>, NoInfer<O>, C, E, CI>,
  ): Ref<Given<O, C, E>>;

  /** Waits until the signal is sent to this workflow; the step fails when `timeout` passes first. */
  waitFor<I, P, N extends Needs = NoNeeds, C extends boolean = never, E extends OnError = 'fail'>(
    name: string,
    signal: SignalDef<I, P>,
    options: WaitOptions<WI, N, C, E> & { readonly timeout: Duration },
  ): Ref<Given<P, C, E>>;

  /** Waits for an event with this key; the step fails when `timeout` passes first. */
  waitForEvent<
    I,
    P,
    K extends string | number,
    N extends Needs = NoNeeds,
    C extends boolean = never,
    E extends OnError = 'fail',
  >(name: string, event: EventDef<I, P, K>, options: WaitForEventOptions<WI, N, NoInfer<K>, C, E>): Ref<Given<P, C, E>>;

  /** Waits for a span, or until an instant; one in the past is over at once. */
  sleep<N extends Needs = NoNeeds, C extends boolean = never>(
    name: string,
    options: SleepOptions<WI, N, C>,
  ): Ref<undefined>;

  /** The workflow's output, from the results of the steps in `needs`; returned by the build function. */
  output<O, N extends Needs>(needs: N, map: ((seen: Visible<WI, N>) => O) & Gives<O>): Output<O>;
}
