import { checkExecutionOptions, checkName } from './check.ts';
import { marked } from './definition-mark.ts';
import type { TaskContext } from './context.ts';
import type { Duration } from './duration.ts';
import { type NotAvailable, refuseUnavailable, refuseUnknown } from './not-available.ts';
import { InvalidInputError } from '../errors.ts';
import { checkOptions, isFunction, isListOf, isObject, isSchema, isText } from './option-rules.ts';
import type { QueueDef } from './queue.ts';
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts';
import type { Startable } from './startable.ts';
import type { RequireWire } from './wire-type.ts';

/** A name, or 0..999 with the highest the most urgent. The names stand for 900, 700, 500 and 300. */
export type Priority = 'critical' | 'high' | 'normal' | 'low' | number;

export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly maxAttempts?: number;
  readonly backoff?: 'exponential' | 'linear' | 'fixed';
  /** Before the second attempt. */
  readonly initial?: Duration;
  /** The longest wait between two attempts. */
  readonly max?: Duration;
  readonly jitter?: 'none' | 'full' | 'equal';
}

export interface Timeouts {
  /** Bounds one attempt, from its start in the worker. */
  readonly attempt?: Duration;
  /** Bounds all attempts and waits together, from the task's creation. */
  readonly total?: Duration;
}

type ErrorClass = abstract new (...parameters: never[]) => Error;

/** Options that say how a task is carried out; those of a step win over those of its task. */
export interface ExecutionOptions {
  readonly queue?: QueueDef;
  readonly priority?: Priority;
  readonly retry?: RetryPolicy;
  readonly timeout?: Timeouts;
}

/**
 * One kind of work and its handler: a plain value, made without a client and without side effects. Callers give an
 * `Input`, of which the schema makes what the handler gets (`Parsed`).
 */
export interface TaskDef<Input, Parsed, Output> extends Startable<Input, Output>, ExecutionOptions {
  readonly kind: 'task';
  readonly description?: string;
  readonly input?: Schema;
  /** An error of one of these classes is terminal. */
  readonly nonRetryable: readonly ErrorClass[];
  /** The handler, a plain function: a unit test calls it. */
  run(input: Parsed, ctx: TaskContext): Promise<Output> | Output;
}
/** Any task definition, where its types do not matter. */
export type AnyTask = TaskDef<never, never, unknown>;

export interface TaskOptions {
  /** The task's type: unique among the definitions of a worker. */
  readonly id: string;
  readonly description?: string;
  readonly queue?: QueueDef;
  readonly priority?: Priority;
  readonly retry?: RetryPolicy & { readonly nonRetryable?: readonly ErrorClass[] };
  readonly timeout?: Timeouts & { readonly heartbeat?: NotAvailable<'timeout.heartbeat'> };
  readonly output?: NotAvailable<'output'>;
  readonly sla?: NotAvailable<'sla'>;
  readonly concurrency?: NotAvailable<'concurrency'>;
  readonly rateLimit?: NotAvailable<'rateLimit'>;
  readonly idempotencyKey?: NotAvailable<'idempotencyKey'>;
  readonly redact?: NotAvailable<'redact'>;
}

const rules = {
  description: isText(10_000),
  input: isSchema,
  retry: isObject,
  timeout: isObject,
  run: isFunction,
};
const unavailable = ['output', 'sla', 'concurrency', 'rateLimit', 'idempotencyKey', 'redact'];
const known = ['id', 'description', 'input', 'queue', 'priority', 'retry', 'timeout', 'run', ...unavailable];

/**
 * Defines a task. With `input`, any Standard Schema, the input is validated when the task is started and again before
 * the handler runs, and its types follow from it; without, the handler's parameter says them.
 * Throws `TaskFlowError` with code `invalid_definition`, `unknown_option` or `not_available`.
 *
 * @example
 * import { createTaskFlow, task } from '@taskflow/sdk';
 * import { z } from 'zod';
 *
 * const greet = task({
 *   id: 'greet',
 *   input: z.object({ name: z.string() }),
 *   retry: { maxAttempts: 5, initial: '1s' },
 *   run: async ({ name }) => `Hello, ${name}!`,
 * });
 *
 * await using taskflow = createTaskFlow({ definitions: [greet], dataDir: false });
 * console.log(await taskflow.execute(greet, { name: 'Ada' })); // Hello, Ada!
 */
export function task<InputSchema extends Schema, Output>(
  options: TaskOptions & {
    readonly input: InputSchema;
    readonly run: (input: SchemaOutput<InputSchema>, ctx: TaskContext) => Promise<Output> | Output;
  } & RequireWire<'run', Output> &
    RequireWire<'input', SchemaInput<InputSchema>>,
): TaskDef<SchemaInput<InputSchema>, SchemaOutput<InputSchema>, Output>;
export function task<Parsed, Output>(
  options: TaskOptions & {
    readonly input?: undefined;
    readonly run: (input: Parsed, ctx: TaskContext) => Promise<Output> | Output;
  } & RequireWire<'run', Output> &
    RequireWire<'run', Parsed>,
): TaskDef<Parsed, Parsed, Output>;
export function task(
  options: TaskOptions & { readonly input?: Schema; readonly run: AnyTask['run'] },
): TaskDef<never, never, unknown> {
  const owner = `task "${options.id}"`;
  refuseUnavailable(owner, options, unavailable);
  refuseUnknown(owner, options, known);
  if (options.timeout !== undefined) refuseUnavailable(`${owner}: timeout`, options.timeout, ['heartbeat']);
  checkName(owner, options.id);
  checkOptions(owner, options, rules, 'invalid_definition');
  const { nonRetryable = [], ...retry } = options.retry ?? {};
  checkOptions(`${owner}: retry`, { nonRetryable }, { nonRetryable: isListOf(isFunction) }, 'invalid_definition');
  if (options.run === undefined) throw new InvalidInputError('invalid_definition', `${owner}: run is missing`);
  checkExecutionOptions(owner, { ...options, retry });
  return marked({
    kind: 'task',
    id: options.id,
    description: options.description,
    input: options.input,
    queue: options.queue,
    priority: options.priority,
    retry: options.retry === undefined ? undefined : retry,
    timeout: options.timeout,
    nonRetryable,
    run: options.run,
  });
}
