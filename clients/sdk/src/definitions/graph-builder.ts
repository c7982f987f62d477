import type { NotAvailable } from './not-available.ts';
import type { PlainJson } from './plain-json.ts';
import type { QueueDef } from './queue.ts';
import type { Priority, RetryPolicy, TaskDef, Timeouts } from './task.ts';

declare const value: unique symbol;

/** The handle of a step: what it will have returned. To be named in `needs` of a later step. */
export interface Ref<T> {
  readonly name: string;
  readonly [value]?: { readonly result: T };
}
export type Needs = Readonly<Record<string, Ref<unknown>>>;
type ResultOf<R> = R extends Ref<infer T> ? T : never;

/** What a mapping sees: the workflow's input and the results of the steps that it declared in `needs`. */
export type Visible<WI, N> = { readonly input: WI } & { readonly [K in keyof N]: ResultOf<N[K]> };

export interface StepOptions<WI, N, I> {
  readonly input: (seen: Visible<WI, N>) => I;
  readonly needs?: N;
  /** Each of these wins over the task's own. */
  readonly queue?: QueueDef;
  readonly priority?: Priority;
  readonly retry?: RetryPolicy;
  readonly timeout?: Timeouts;
  readonly when?: NotAvailable<'when'>;
  readonly onError?: NotAvailable<'onError'>;
  readonly compensate?: NotAvailable<'compensate'>;
  readonly commit?: NotAvailable<'commit'>;
  readonly sla?: NotAvailable<'sla'>;
  readonly label?: NotAvailable<'label'>;
}

/** Draws the graph of one workflow. */
export interface GraphBuilder<WI> {
  /**
   * A step that runs `task`. It starts when every step in `needs` is completed. `input` says what the task gets; it is
   * evaluated by the worker, must be pure, and sees only the workflow's input and what `needs` names.
   */
  step<I, P, O, N extends Needs = Record<never, never>>(
    name: string,
    task: TaskDef<I, P, O>,
    options: StepOptions<WI, N, NoInfer<I>>,
  ): Ref<O>;
  /** The workflow's output, from the results of the steps in `needs`; returned by the build function. */
  output<O, N extends Needs>(needs: N, map: (seen: Visible<WI, N>) => O & PlainOutput<O>): Output<O>;

  run(name: NotAvailable<'w.run'>, options?: unknown, inline?: unknown): never;
  each(name: NotAvailable<'w.each'>, task?: unknown, options?: unknown): never;
  child(name: NotAvailable<'w.child'>, workflow?: unknown, options?: unknown): never;
  waitFor(name: NotAvailable<'w.waitFor'>, signal?: unknown, options?: unknown): never;
  waitForEvent(name: NotAvailable<'w.waitForEvent'>, event?: unknown, options?: unknown): never;
  sleep(name: NotAvailable<'w.sleep'>, options?: unknown): never;
}

/** No demand when `O` is plain JSON, else what the compiler's message shows. */
type PlainOutput<O> = [O] extends [PlainJson<O>] ? unknown : PlainJson<O>;

export interface Output<O> {
  readonly [value]?: { readonly result: O };
  readonly kind: 'output';
}
