import { types } from 'node:util';
import type { UncheckedMapping } from '../definitions/step-options.ts';
import { unknownOutcome } from '../definitions/step-request.ts';
import type { AnyTask } from '../definitions/task.ts';
import { encodedNull, encodeWire, wireTag } from '../definitions/wire-value.ts';
import type { CodeStep, Preparation } from '../definitions/workflow-graph.ts';
import { RetryableError, TerminalError } from '../errors.ts';
import { reasonOf } from '../plain-value.ts';
import type { Attempt } from './attempt.ts';
import { type MappedPayload, nameOf, parsed, type RegisteredStep, readResult, seenBy } from './received-values.ts';

/** The result of a step whose condition does not hold. */
export const skipped = Symbol('skipped');

/** The argument of a step's functions. */
type Seen = Readonly<Record<string, unknown>>;

/** Does the step's own work; `undefined` as its result stays `undefined` for those who read it. */
export function runStep(registered: RegisteredStep, payload: MappedPayload, attempt: Attempt): unknown {
  const { step } = registered;
  const { work } = step;
  attempt.write = writeStepResult;
  return after(seenBy(registered, payload), (seen) => {
    if (!holds(registered, seen)) return skipped;
    switch (work.kind) {
      case 'task':
        return runTask(work.task, evaluate(registered, 'input', work.input, seen), attempt);
      case 'run':
        return work.inline(seen as never, attempt as never);
      case 'output':
        return evaluate(registered, 'output', work.map, seen);
      case 'each':
      case 'child':
      case 'wait':
        throw notRegistered(`${placeOf(registered)} as work of its own`);
    }
  });
}

/** Works out what the server needs to begin a step that is no task: its items, input, key or instant. */
export function prepareStep(registered: RegisteredStep, payload: MappedPayload): unknown {
  const { work } = registered.step;
  return after(seenBy(registered, payload), (seen) => {
    if (!holds(registered, seen)) return skipped;
    switch (work.kind) {
      case 'each': {
        const items = evaluate(registered, 'over', work.over, seen);
        if (!Array.isArray(items)) throw mappingFailed(registered, 'over', 'gave no list');
        return { items: items.map((item: unknown) => evaluate(registered, 'input', work.input, item, seen)) };
      }
      case 'child':
        return { input: evaluate(registered, 'input', work.input, seen) };
      case 'wait':
        return work.prepare && { [work.prepare.name]: preparedValue(registered, work.prepare, seen) };
      case 'task':
      case 'run':
      case 'output':
        return undefined;
    }
  });
}

/** Undoes the step, of which nobody knows whether it has done its work where it has no output. */
export function compensateStep(registered: RegisteredStep, payload: MappedPayload, attempt: Attempt): unknown {
  const { compensate } = registered.step;
  if (compensate === undefined) throw notRegistered(`what undoes ${placeOf(registered)}`);
  return after(seenBy(registered, payload), (seen) => {
    const isUnknown = isUnknownOutcome(payload.output);
    if (isUnknown && compensate.unknown !== undefined) {
      return runTask(compensate.task, evaluate(registered, 'compensate.unknown', compensate.unknown, seen), attempt);
    }
    return after(isUnknown ? undefined : readResult(registered.step, payload.output), (output) => {
      const input = evaluate(registered, 'compensate.input', compensate.input, { ...(seen as Seen), output });
      return runTask(compensate.task, input, attempt);
    });
  });
}

/** Refuses work for another worker, whose code may be of another day. */
export function notRegistered(what: string): RetryableError {
  return new RetryableError(`this worker does not hold ${what}`, { code: 'definition_not_held', retryAfter: 1_000 });
}

/** Gives the function by which the task of one item writes its result. */
export function writerOfItem(step: CodeStep): Attempt['write'] {
  return step.work.kind === 'each' && step.work.tolerant ? writeItemResult : writeStepResult;
}

export function runTask(task: AnyTask, value: unknown, attempt: Attempt): unknown {
  attempt.definition = task;
  return after(parsed(task.input, value, `task "${task.id}"`), (input) => task.run(input as never, attempt));
}

function writeStepResult(result: unknown, maxBytes?: number): string {
  return JSON.stringify(encodeWire(result, maxBytes));
}

/** Among the items of a tolerant fan-out a plain `null` says that the item failed. */
function writeItemResult(result: unknown, maxBytes?: number): string {
  return result === null ? JSON.stringify(encodedNull) : writeStepResult(result, maxBytes);
}

function holds(registered: RegisteredStep, seen: unknown): boolean {
  const { when } = registered.step;
  return when === undefined || evaluate(registered, 'when', when, seen) === true;
}

/** A mapping is pure, so what it throws it throws at every attempt: terminal. */
function evaluate(registered: RegisteredStep, name: string, map: UncheckedMapping, ...seen: unknown[]): unknown {
  let mapped: unknown;
  try {
    mapped = map(...(seen as never[]));
  } catch (error) {
    throw mappingFailed(registered, name, `threw: ${reasonOf(error)}`, error);
  }
  if (types.isPromise(mapped)) {
    mapped.catch(() => {});
    throw mappingFailed(registered, name, 'gave a promise; it has to answer at once, and work belongs into a task');
  }
  return mapped;
}

function preparedValue(
  registered: RegisteredStep,
  { name, map, onWire, otherwise }: Preparation,
  seen: unknown,
): string | number {
  const value = onWire(evaluate(registered, name, map, seen));
  if (value === undefined) throw mappingFailed(registered, name, `gave ${otherwise}`);
  return value;
}

function mappingFailed(registered: RegisteredStep, name: string, reason: string, cause?: unknown): TerminalError {
  return new TerminalError(`"${name}" of ${placeOf(registered)} ${reason}`, {
    code: 'mapping_failed',
    details: { step: registered.step.key, function: name },
    cause,
  });
}

function placeOf({ workflow, step }: RegisteredStep): string {
  return `step "${step.key}" of ${nameOf(workflow)}`;
}

/** `proceed` over a value that may still be a promise, at once where it is not. */
function after(value: unknown, proceed: (value: unknown) => unknown): unknown {
  return value instanceof Promise ? value.then(proceed) : proceed(value);
}

function isUnknownOutcome(output: unknown): boolean {
  return typeof output === 'object' && output !== null && Reflect.get(output, wireTag) === unknownOutcome[wireTag];
}
