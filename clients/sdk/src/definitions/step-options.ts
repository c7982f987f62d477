import type { Duration } from './duration.ts';
import type { NotAvailable } from './not-available.ts';
import type { QueueDef } from './queue.ts';
import type { Carrying, Priority, RetryPolicy, TaskDef, Timeouts } from './task.ts';

declare const value: unique symbol;

/** The handle of a step: what it will have returned. To be named in `needs` of a later step. */
export interface Ref<T> {
  readonly name: string;
  readonly [value]?: { readonly result: T };
}
export type Needs = Readonly<Record<string, Ref<unknown>>>;
export type NoNeeds = Record<never, never>;
type ResultOf<R> = R extends Ref<infer T> ? T : never;

/** What a function of a step sees: the workflow's input and the results of the steps that it declared in `needs`. */
export type Visible<WI, N> = { readonly input: WI } & { readonly [K in keyof N]: ResultOf<N[K]> };

/** What a failure for good means: it fails the workflow, or readers see `undefined` and the workflow goes on. */
export type OnError = 'fail' | 'continue';

interface Placing<WI, N, C, E> {
  readonly needs?: N;
  /** The step is skipped where this is false. */
  readonly when?: (seen: Visible<WI, N>) => C;
  /** Default `fail`. */
  readonly onError?: E;
  /** Shown by `toMermaid()`. */
  readonly label?: string;
  readonly sla?: NotAvailable<'sla'>;
}

/** How the step's task is carried out: each of these wins over the task's own. */
interface CarryingOptions {
  readonly queue?: QueueDef;
  readonly priority?: Priority;
  readonly retry?: RetryPolicy;
  readonly timeout?: Timeouts;
}

/** What undoes a step that has done its work, or may have done it. */
export interface Compensate<WI, N, O, CI> extends CarryingOptions {
  readonly task: TaskDef<CI, never, unknown>;
  /**
   * What the task gets. `output` is what the step returned, and `undefined` where nobody knows whether it has done its
   * work: then `unknown` is asked instead, if there is one. A throw leaves the workflow `compensation-stuck`.
   */
  readonly input: (seen: Visible<WI, N> & { readonly output: O }) => NoInfer<CI>;
  readonly unknown?: (seen: Visible<WI, N>) => NoInfer<CI>;
}

interface Undoing<WI, N, O, CI> {
  readonly compensate?: Compensate<WI, N, O, CI>;
  /** A point of no return: once the step has completed, neither it nor what stands before it is undone. */
  readonly commit?: boolean;
}

export interface RunOptions<WI, N, O, C, E, CI> extends Placing<WI, N, C, E>, CarryingOptions, Undoing<WI, N, O, CI> {}

export interface StepOptions<WI, N, I, O, C, E, CI> extends RunOptions<WI, N, O, C, E, CI> {
  /** What the task gets. */
  readonly input: (seen: Visible<WI, N>) => I;
}

export interface EachOptions<WI, N, T, I, O, C, E, CI, K>
  extends Placing<WI, N, C, E>,
    CarryingOptions,
    Undoing<WI, N, K extends undefined ? O[] : (O | undefined)[], CI> {
  readonly over: (seen: Visible<WI, N>) => readonly T[];
  /** What the task of one item gets. */
  readonly input: (item: T, seen: Visible<WI, N>) => I;
  /** Most items at once; default all of them. */
  readonly concurrency?: number;
  /** Most items that may fail before the step does; default 0. */
  readonly tolerate?: K;
}

export interface ChildOptions<WI, N, I, O, C, E, CI> extends Placing<WI, N, C, E>, Undoing<WI, N, O, CI> {
  /** The input of the other workflow. */
  readonly input: (seen: Visible<WI, N>) => I;
  /** What becomes of it when this workflow ends before; default `cancel`. */
  readonly onParentClose?: 'cancel' | 'abandon';
}

export type WaitOptions<WI, N, C, E> = Placing<WI, N, C, E>;

export interface WaitForEventOptions<WI, N, K, C, E> extends Placing<WI, N, C, E> {
  /** Which event: the one of which the definition's `key` gives the same. */
  readonly key: (seen: Visible<WI, N>) => K;
  readonly timeout: Duration;
}

export type SleepOptions<WI, N, C> = Placing<WI, N, C, 'fail'> &
  (
    | { readonly for: Duration; readonly until?: undefined }
    | { readonly until: (seen: Visible<WI, N>) => Date; readonly for?: undefined }
  );

/** The options of any verb as code that slipped past the compiler may give them. */
export interface LooseOptions {
  readonly needs?: Needs;
  readonly when?: LooseMapping;
  readonly onError?: OnError;
  readonly label?: string;
  readonly commit?: boolean;
  readonly compensate?: Carrying & {
    readonly task: TaskDef<never, never, unknown>;
    readonly input: LooseMapping;
    readonly unknown?: LooseMapping;
  };
}
export type LooseMapping = (...seen: never[]) => unknown;
