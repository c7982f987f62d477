import type { Duration } from '../definitions/duration.ts';
import type { AnyTask, TaskDef } from '../definitions/task.ts';

/** The attempt as a stand-in sees it. */
export interface MockContext {
  /** From 1. */
  readonly attempt: number;
  /** The same in every attempt of the task: what a third party would know it by. */
  readonly idempotencyKey: string;
  /** Aborted when the attempt is taken away or has run out of time. */
  readonly signal: AbortSignal;
  /** Lets so much virtual time go by; real time does not pass. Rejects when the attempt is aborted meanwhile. */
  takes(duration: Duration): Promise<void>;
}

/** A stand-in for a task's handler. */
export interface Mock {
  readonly mock: true;
  readonly task: AnyTask;
  readonly run: (input: never, context: MockContext) => unknown;
}

/**
 * Puts `run` in the place of the task's handler: it gets the checked input and says the result, or throws.
 *
 * @example
 * import { task } from '@taskflow/sdk';
 * import { mock, testkit } from '@taskflow/sdk/testing';
 *
 * const charge = task({ id: 'card.charge', run: (cents: number) => fetch(`https://bank/${cents}`).then(({ ok }) => ok) });
 *
 * await using t = await testkit({ mocks: [mock(charge, (cents) => cents < 1_000)] });
 * console.log(await t.execute(charge, 250)); // true
 * console.log(t.calls(charge).inputs); // [ 250 ]
 */
export function mock<Parsed, Output>(
  task: TaskDef<never, Parsed, Output>,
  run: (input: Parsed, context: MockContext) => Output | Promise<Output>,
): Mock {
  return { mock: true, task: task as AnyTask, run };
}
