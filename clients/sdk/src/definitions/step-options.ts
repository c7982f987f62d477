import type { Duration } from './duration.ts';
import type { NotAvailable } from './not-available.ts';
import type { ExecutionOptions, TaskDef } from './task.ts';

declare const value: unique symbol;

/** The handle of a step, to be named in `needs` of a later one; `Result` is what the step will have returned. */
export interface Ref<Result> {
  readonly name: string;
  readonly [value]?: { readonly result: Result };
}
/** Handles of earlier steps, by the names under which the functions of a step see their results. */
export type Needs = Readonly<Record<string, Ref<unknown>>>;
export type NoNeeds = Record<never, never>;
type ResultOf<Handle> = Handle extends Ref<infer Result> ? Result : never;

/** The argument of a step's functions: the workflow's input, and the results of the steps in `needs`. */
export type Visible<Input, Needs> = { readonly input: Input } & {
  readonly [Name in keyof Needs]: ResultOf<Needs[Name]>;
};

/**
 * A function of a step whose result has a type already. The whole function is kept out of inference, and not only its
 * result: a literal or a tuple in it would be widened before it is held against that type.
 */
type Mapping<Input, Needs, Result> = NoInfer<(seen: Visible<Input, Needs>) => Result>;

/** A step that fails for good fails the workflow, or leaves `undefined` to its readers. */
export type OnError = 'fail' | 'continue';

/** Options that place a step in the graph; every kind of step has them. */
interface GraphOptions<Input, Needs, Condition, OnError> {
  readonly needs?: Needs;
  /** The step is skipped where this is false. */
  readonly when?: (seen: Visible<Input, Needs>) => Condition;
  /** Default `fail`. */
  readonly onError?: OnError;
  /** Shown by `toMermaid()`. */
  readonly label?: string;
  readonly sla?: NotAvailable<'sla'>;
}

/** The task that undoes a step which has done its work, or may have done it; its options win over the task's own. */
export interface Compensate<Input, Needs, Output, CompensationInput> extends ExecutionOptions {
  readonly task: TaskDef<CompensationInput, never, unknown>;
  /**
   * Gives the task its input. `output` is what the step returned, and `undefined` where nobody knows whether it has done
   * its work: then `unknown` is asked instead, if there is one. A throw leaves the workflow `compensation-stuck`.
   */
  readonly input: (seen: Visible<Input, Needs> & { readonly output: Output }) => NoInfer<CompensationInput>;
  readonly unknown?: (seen: Visible<Input, Needs>) => NoInfer<CompensationInput>;
}

/** Options of a step whose work can be undone. */
interface CompensationOptions<Input, Needs, Output, CompensationInput> {
  readonly compensate?: Compensate<Input, Needs, Output, CompensationInput>;
  /** A point of no return: once the step has completed, neither it nor what stands before it is undone. */
  readonly commit?: boolean;
}

/** Options of `w.run`. */
export interface RunOptions<Input, Needs, Output, Condition, OnError, CompensationInput>
  extends GraphOptions<Input, Needs, Condition, OnError>,
    ExecutionOptions,
    CompensationOptions<Input, Needs, Output, CompensationInput> {}

/** Options of `w.step`. */
export interface StepOptions<Input, Needs, TaskInput, Output, Condition, OnError, CompensationInput>
  extends RunOptions<Input, Needs, Output, Condition, OnError, CompensationInput> {
  /** Gives the task its input. */
  readonly input: Mapping<Input, Needs, TaskInput>;
}

/** Results of a fan-out in the order of its items; with `tolerate`, those that failed have left `undefined`. */
export type ItemResults<Output, Tolerate> = [Tolerate] extends [undefined] ? Output[] : (Output | undefined)[];

/** Options of `w.each`. */
export interface EachOptions<Input, Needs, Item, TaskInput, Output, Condition, OnError, CompensationInput, Tolerate>
  extends GraphOptions<Input, Needs, Condition, OnError>,
    ExecutionOptions,
    CompensationOptions<Input, Needs, ItemResults<Output, Tolerate>, CompensationInput> {
  /** Gives the items, at most 10,000. */
  readonly over: (seen: Visible<Input, Needs>) => readonly Item[];
  /** Gives the task of one item its input. */
  readonly input: (item: Item, seen: Visible<Input, Needs>) => TaskInput;
  /** The number of items that run at once; default all of them. */
  readonly concurrency?: number;
  /** The number of items that may fail before the step does; default 0. */
  readonly tolerate?: Tolerate;
}

/** Options of `w.child`. */
export interface ChildOptions<Input, Needs, ChildInput, Output, Condition, OnError, CompensationInput>
  extends GraphOptions<Input, Needs, Condition, OnError>,
    CompensationOptions<Input, Needs, Output, CompensationInput> {
  /** Gives the other workflow its input. */
  readonly input: Mapping<Input, Needs, ChildInput>;
  /** The child is cancelled, or left alone, when this workflow ends before it; default `cancel`. */
  readonly onParentClose?: 'cancel' | 'abandon';
}

/** Options of `w.waitFor`, beside its `timeout`. */
export type WaitOptions<Input, Needs, Condition, OnError> = GraphOptions<Input, Needs, Condition, OnError>;

/** Options of `w.waitForEvent`. */
export interface WaitForEventOptions<Input, Needs, Key, Condition, OnError>
  extends GraphOptions<Input, Needs, Condition, OnError> {
  /** Says which event is waited for: the one of which the definition's `key` gives the same. */
  readonly key: (seen: Visible<Input, Needs>) => Key;
  readonly timeout: Duration;
}

/** Options of `w.sleep`. */
export type SleepOptions<Input, Needs, Condition> = GraphOptions<Input, Needs, Condition, 'fail'> &
  (
    | { readonly for: Duration; readonly until?: undefined }
    | { readonly until: (seen: Visible<Input, Needs>) => Date; readonly for?: undefined }
  );

/** The result as readers of a step see it: `undefined` too, where the step may be skipped or may fail alone. */
export type StepResult<Output, Condition, OnError> = [Condition] extends [never]
  ? [OnError] extends ['fail']
    ? Output
    : Output | undefined
  : Output | undefined;

/** A function of a step, where its types do not matter. */
export type UncheckedMapping = (...seen: never[]) => unknown;

/** The options of any verb as code that slipped past the compiler may give them. */
export interface UncheckedOptions {
  readonly needs?: Needs;
  readonly when?: UncheckedMapping;
  readonly onError?: OnError;
  readonly label?: string;
  readonly commit?: boolean;
  readonly compensate?: ExecutionOptions & {
    readonly task: TaskDef<never, never, unknown>;
    readonly input: UncheckedMapping;
    readonly unknown?: UncheckedMapping;
  };
}
