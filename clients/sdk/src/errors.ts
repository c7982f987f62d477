import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ForeignReader } from './foreign-code.ts';
import { reasonOf } from './plain-value.ts';

/** The mark of each class of this package. Subclasses of a program have none and are known by their prototype. */
const marks = new WeakMap<object, symbol>();

/**
 * Gives the errors of a class a mark that every copy of this package knows. A program may load two copies, its own and
 * that of a library; `instanceof` by prototype would not know a `TerminalError` of the other one.
 */
function mark(errorClass: { readonly prototype: object }, name: string): void {
  const symbol = Symbol.for(`@taskflow/sdk/${name}`);
  marks.set(errorClass, symbol);
  Object.defineProperty(errorClass.prototype, symbol, { value: true });
}

/** The root of every error of this package. `code` is stable and meant for programs, `message` for people. */
export class TaskFlowError extends Error {
  readonly code: string;

  /** Answers `instanceof` by the class's mark, for instances of whichever copy of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const symbol = marks.get(this);
    if (symbol === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && new ForeignReader().read(value, symbol) === true;
  }

  static {
    mark(this, 'TaskFlowError');
  }

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A fault of an input; `pointer` is a JSON pointer into it. */
export interface InputIssue {
  readonly pointer: string;
  readonly message: string;
  readonly code?: string;
}

/** A definition or an input that cannot be accepted: refused here by its schema, or by the server with 400 or 422. */
export class InvalidInputError extends TaskFlowError {
  static {
    mark(this, 'InvalidInputError');
  }

  readonly issues: readonly InputIssue[];

  constructor(code: string, message: string, issues: readonly InputIssue[] = [], options?: ErrorOptions) {
    super(code, message, options);
    this.issues = issues;
  }
}

/** Turns the issues of a Standard Schema into those of `InvalidInputError`. */
export function inputIssues(issues: readonly StandardSchemaV1.Issue[]): InputIssue[] {
  return issues.map((issue) => ({
    pointer: (issue.path ?? []).map((part) => `/${String(typeof part === 'object' ? part.key : part)}`).join(''),
    message: issue.message,
  }));
}

/** The server does not know what was asked for (404). */
export class NotFoundError extends TaskFlowError {
  static {
    mark(this, 'NotFoundError');
  }
}

/** The request contradicts the present state (409), for example the cancel of a finished task. */
export class ConflictError extends TaskFlowError {
  static {
    mark(this, 'ConflictError');
  }

  /** Facts of the server beside its message, by name. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: ErrorOptions & { readonly facts?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(code, message, options);
    this.facts = options.facts ?? {};
  }
}

/** The credentials are missing (401) or do not suffice (403). */
export class UnauthorizedError extends TaskFlowError {
  static {
    mark(this, 'UnauthorizedError');
  }
}

/**
 * The server cannot answer now: it is unreachable, overloaded or restarting (429, 503, no connection).
 * Nothing is known to be wrong with the request; it may be sent again after `retryAfter` milliseconds.
 */
export class UnavailableError extends TaskFlowError {
  static {
    mark(this, 'UnavailableError');
  }

  readonly retryAfter: number;

  constructor(code: string, message: string, retryAfter: number, options?: ErrorOptions) {
    super(code, message, options);
    this.retryAfter = retryAfter;
  }
}

/** The caller's own time limit passed. What was waited for goes on. */
export class TimedOutError extends TaskFlowError {
  static {
    mark(this, 'TimedOutError');
  }
}

/** The failure of a task or step. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

/** `result()` of a task that failed for good. `code` is that of its failure. */
export class TaskFailedError extends TaskFlowError {
  static {
    mark(this, 'TaskFailedError');
  }

  readonly taskId: string;
  readonly attempts: number;
  readonly failure: Failure;

  constructor(taskId: string, type: string, attempts: number, failure: Failure) {
    super(failure.code, `task ${taskId} (${type}) failed after ${attempts} attempt(s): ${failure.message}`);
    this.taskId = taskId;
    this.attempts = attempts;
    this.failure = failure;
  }
}

/** `result()` of a workflow that failed. `step` names the step that failed it, where one did. */
export class WorkflowFailedError extends TaskFlowError {
  static {
    mark(this, 'WorkflowFailedError');
  }

  readonly workflowId: string;
  readonly step: string | undefined;
  readonly failure: Failure;
  /** The steps that had done their work, and could be undone, were. */
  readonly undone: boolean;

  constructor(workflowId: string, name: string, step: string | undefined, failure: Failure, undone = false) {
    const where = step === undefined ? '' : ` at step "${step}"`;
    const after = undone ? '; its steps were undone' : '';
    super(failure.code, `workflow ${workflowId} (${name}) failed${where}: ${failure.message}${after}`);
    this.workflowId = workflowId;
    this.step = step;
    this.failure = failure;
    this.undone = undone;
  }
}

/** `startMany()` where something of it was started before it failed. `code` is that of the cause. */
export class StartManyError extends TaskFlowError {
  static {
    mark(this, 'StartManyError');
  }

  /** The place in the list of the item that was refused, from 0; absent where none was to blame. */
  readonly index: number | undefined;
  /** Handles of what was started and goes on, with their places in the list. */
  readonly started: readonly { readonly index: number; readonly handle: unknown }[];

  constructor(of: { cause: unknown; index: number | undefined; of: number; started: StartManyError['started'] }) {
    const { cause, index, started } = of;
    const code = cause instanceof TaskFlowError ? cause.code : 'start_failed';
    super(code, `${started.length} of ${of.of} were started, then: ${reasonOf(cause)}`, { cause });
    this.index = index;
    this.started = started;
  }
}

/**
 * Cancelled. `result()` throws it for a cancelled task or workflow; inside a handler it is the reason of `ctx.signal`
 * when the attempt was taken away, and a handler may throw it to say that it gave up because of that.
 */
export class CancelledError extends TaskFlowError {
  static {
    mark(this, 'CancelledError');
  }

  constructor(message = 'cancelled', options?: ErrorOptions) {
    super('cancelled', message, options);
  }
}

/**
 * Thrown by a handler: this task can never succeed, so it is not tried again.
 *
 * @example
 * import { type TaskFailedError, task, TerminalError } from '@taskflow/sdk';
 * import { testkit } from '@taskflow/sdk/testing';
 *
 * const charge = task({
 *   id: 'card.charge',
 *   run: (_card: string): string => {
 *     throw new TerminalError('the bank refuses the card', { code: 'card_declined' });
 *   },
 * });
 *
 * await using t = await testkit();
 * await t.execute(charge, '4711').catch(({ code, attempts }: TaskFailedError) => console.log(code, attempts));
 * // card_declined 1
 */
export class TerminalError extends TaskFlowError {
  static {
    mark(this, 'TerminalError');
  }

  readonly details: unknown;

  constructor(message: string, options: ErrorOptions & { code?: string; details?: unknown } = {}) {
    super(options.code ?? 'terminal', message, options);
    this.details = options.details;
  }
}

/**
 * Thrown by a handler: try again by the task's retry policy, or after exactly `retryAfter` where that is given.
 *
 * @example
 * import { RetryableError, task } from '@taskflow/sdk';
 * import { testkit } from '@taskflow/sdk/testing';
 *
 * const ask = task({
 *   id: 'bank.ask',
 *   run: (_account: string, { attempt }) => {
 *     if (attempt < 3) throw new RetryableError('the bank is closed', { retryAfter: 3_600_000 });
 *     return `answered in attempt ${attempt}`;
 *   },
 * });
 *
 * await using t = await testkit();
 * console.log(await t.execute(ask, 'a-1')); // answered in attempt 3
 */
export class RetryableError extends TaskFlowError {
  static {
    mark(this, 'RetryableError');
  }

  /** Milliseconds. */
  readonly retryAfter: number | undefined;
  readonly details: unknown;

  constructor(message: string, options: ErrorOptions & { code?: string; details?: unknown; retryAfter?: number } = {}) {
    super(options.code ?? 'retryable', message, options);
    this.retryAfter = options.retryAfter;
    this.details = options.details;
  }
}

/** Refuses what is named in the API and does not exist yet, so that it is never accepted and ignored. */
export function notAvailable(what: string, instead?: string): TaskFlowError {
  const hint = instead === undefined ? '' : ` ${instead}`;
  return new TaskFlowError('not_available', `${what} is not available yet.${hint}`);
}
