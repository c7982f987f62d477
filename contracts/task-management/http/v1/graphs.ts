import { z } from 'zod';
import { name, priority, retry, taskType, timeout, version } from './scalars.ts';
import { waitForms } from './waits.ts';

export const maxSteps = 10_000;
export const stepKey = z
  .string()
  .regex(
    /^[A-Za-z0-9$][A-Za-z0-9_\-:$]{0,199}$/,
    'must be 1 to 200 of A-Z a-z 0-9 _ - : $ and begin with a letter, a digit or $',
  );

/** How a task of a step is carried out, where it differs from the defaults. */
const executionOptions = {
  queue: name.optional(),
  priority: priority.optional(),
  retry: retry.optional(),
  timeout: timeout.optional(),
};

/**
 * Undoes its step. References in `payload` may also read the step's own result (`null` where its outcome is unknown).
 * Without `retry` it gets ten attempts.
 */
export const compensation = z.strictObject({ type: taskType, payload: z.unknown().optional(), ...executionOptions });

/** One task of `type` per item; `payload` may read `{"$from": "item.<path>"}`. Its result is the list of their results. */
const each = z.strictObject({
  /** A list, or a reference to one. Absent in a step defined in code. */
  over: z.unknown().optional(),
  /** Most items at once; all of them unless told. */
  concurrency: z.int().min(1).max(10_000).optional(),
  /** Most items that may fail before the step does; 0 unless told. */
  tolerate: z.int().min(0).max(10_000).optional(),
});

/** Runs a registered workflow; `payload` is its input. */
const child = z.strictObject({
  definition: name,
  /** The latest one at the time of the start unless told. */
  version: version.optional(),
  /** What becomes of it when this workflow ends before; `cancel` unless told. */
  onParentClose: z.enum(['cancel', 'abandon']).optional(),
});

/** The forms of all that a step may be besides a plain task, by the member that asks for it. */
export const stepForms = { each, child, ...waitForms };

/** A step runs a task of `type`, or has exactly one of `child` and the members of `waitForms` in its place. */
export const step = z.strictObject({
  key: stepKey,
  type: taskType.optional(),
  /**
   * JSON; an object `{"$from": "steps.<key>.result.<path>"}` or `{"$from": "input.<path>"}` anywhere in it is replaced
   * by that value. With `"default": <value>` beside it, that is taken where the step was skipped or failed.
   */
  payload: z.unknown().optional(),
  dependsOn: z.array(z.string()).optional(),
  ...executionOptions,
  /**
   * The step is skipped where it does not hold: a reference (holds unless false, null, 0, "" or absent), or
   * `{"value": <reference>, "<operator>": <value>}` with `equals`, `notEquals`, `greaterThan`, `atLeast`, `lessThan`,
   * `atMost`, `in` or `exists`, or `{"all": [...]}`, `{"any": [...]}`, `{"not": ...}`.
   */
  when: z.unknown().optional(),
  /** What a failure for good means: `fail` (unless told) fails the workflow, `continue` goes on without the result. */
  onError: z.enum(['fail', 'continue']).optional(),
  /** A point of no return: once it has completed, neither it nor what stands before it is compensated. */
  commit: z.boolean().optional(),
  compensation: compensation.optional(),
  ...z.strictObject(stepForms).partial().shape,
  /** Registered definitions alone: the worker that holds the definition evaluates the functions of this step. */
  mapped: z.boolean().optional(),
});
export type StepBody = z.infer<typeof step>;
export type StepRequest = z.input<typeof step>;

/** What a failed step means for the finished ones; `compensate` unless told. */
export const onFailure = z.enum(['compensate', 'stop']);

/** The steps' count is checked apart, so that too many of them are answered by that name. */
export const graph = z.strictObject({
  steps: z.array(step).min(1),
  /** Key of the step whose result is the workflow's output. */
  output: z.string().optional(),
  onFailure: onFailure.optional(),
});
