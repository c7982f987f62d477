import { types } from 'node:util';
import { parseWith } from '../definitions/schema.ts';
import type { LooseMapping } from '../definitions/step-options.ts';
import { unknownOutcome } from '../definitions/step-request.ts';
import type { AnyTask } from '../definitions/task.ts';
import { decodeWire, encodedNull, encodeWire, wireTag } from '../definitions/wire-value.ts';
import type { AnyWorkflow, CodeStep } from '../definitions/workflow-graph.ts';
import { InvalidInputError, RetryableError, TerminalError } from '../errors.ts';
import { reasonOf } from '../plain-value.ts';
import type { Attempt } from './attempt.ts';

/** What a step gives whose condition does not hold. */
export const skipped = Symbol('skipped');

/** A payload of a step defined in code: the worker evaluates the step's functions over it. */
export interface MappedPayload {
  readonly input: unknown;
  readonly needs: Readonly<Record<string, unknown>>;
  /** Of a compensation: what the step returned. */
  readonly output?: unknown;
}

/** What the functions of a step see. */
type Seen = Readonly<Record<string, unknown>>;

/** A step of one definition. */
export interface HeldStep {
  readonly workflow: AnyWorkflow;
  readonly step: CodeStep;
}

/** The step's own work. `undefined` as its result stays `undefined` for those who read it. */
export function carryOut(held: HeldStep, payload: MappedPayload, attempt: Attempt): unknown {
  const { step } = held;
  const { work } = step;
  attempt.write = writeStepResult;
  return after(seenBy(held, payload), (seen) => {
    if (!holds(held, seen)) return skipped;
    if (work.kind === 'task') return runTask(work.task, evaluate(held, 'input', work.input, seen), attempt);
    if (work.kind === 'run') return work.inline(seen as never, attempt as never);
    if (work.kind === 'output') return evaluate(held, 'output', work.map, seen);
    throw notHeld(`${placeOf(held)} as work of its own`);
  });
}

/** What the server needs to begin a step that is no task: its items, input, key or instant. */
export function prepare(held: HeldStep, payload: MappedPayload): unknown {
  const { work } = held.step;
  return after(seenBy(held, payload), (seen) => {
    if (!holds(held, seen)) return skipped;
    switch (work.kind) {
      case 'each': {
        const items = evaluate(held, 'over', work.over, seen);
        if (!Array.isArray(items)) throw mappingFailed(held, 'over', 'gave no list');
        return { items: items.map((item: unknown) => evaluate(held, 'input', work.input, item, seen)) };
      }
      case 'child':
        return { input: evaluate(held, 'input', work.input, seen) };
      case 'event':
        return { key: keyOf(held, evaluate(held, 'key', work.key, seen)) };
      case 'sleep':
        return work.until && { until: instantOf(held, evaluate(held, 'until', work.until, seen)) };
      default:
        return undefined;
    }
  });
}

/** Undoes the step, of which nobody knows whether it has done its work where it has no output. */
export function undo(held: HeldStep, payload: MappedPayload, attempt: Attempt): unknown {
  const { compensate } = held.step;
  if (compensate === undefined) throw notHeld(`what undoes ${placeOf(held)}`);
  return after(seenBy(held, payload), (seen) => {
    const isUnknown = isUnknownOutcome(payload.output);
    if (isUnknown && compensate.unknown !== undefined) {
      return runTask(compensate.task, evaluate(held, 'compensate.unknown', compensate.unknown, seen), attempt);
    }
    return after(isUnknown ? undefined : readResult(held.step, payload.output), (output) => {
      const input = evaluate(held, 'compensate.input', compensate.input, { ...(seen as Seen), output });
      return runTask(compensate.task, input, attempt);
    });
  });
}

/** Another worker may hold it: one whose code is of another day. */
export function notHeld(what: string): RetryableError {
  return new RetryableError(`this worker does not hold ${what}`, { code: 'definition_not_held', retryAfter: 1_000 });
}

/** How the task of one item writes what it returns. */
export function writerOfItem(step: CodeStep): Attempt['write'] {
  return step.work.kind === 'each' && step.work.tolerant ? writeItemResult : writeStepResult;
}

export function runTask(task: AnyTask, value: unknown, attempt: Attempt): unknown {
  attempt.definition = task;
  return after(parsed(task.input, value, `task "${task.id}"`), (input) => task.run(input as never, attempt));
}

/** The value that came over the wire. One that is malformed is so at every attempt: terminal. */
export function decoded(value: unknown): unknown {
  return terminal(() => decodeWire(value));
}

function writeStepResult(result: unknown, longest?: number): string {
  return JSON.stringify(encodeWire(result, longest));
}

/** Among the items of a tolerant fan-out a plain `null` says that the item failed. */
function writeItemResult(result: unknown, longest?: number): string {
  return result === null ? JSON.stringify(encodedNull) : writeStepResult(result, longest);
}

/** The workflow's input and the results that the step needs, as the types of the graph promise them. */
function seenBy({ workflow, step }: HeldStep, { needs, input: raw }: MappedPayload): unknown {
  const sent = decoded(raw);
  const input = workflow.input === undefined ? (sent ?? undefined) : parsed(workflow.input, sent, nameOf(workflow));
  const seen: Record<string, unknown> = { input };
  let isLater = input instanceof Promise;
  for (const [name, source] of step.needs) {
    const value = readResult(source, needs[name]);
    seen[name] = value;
    isLater ||= value instanceof Promise;
  }
  return isLater ? allOf(seen) : seen;
}

async function allOf(seen: Readonly<Record<string, unknown>>): Promise<unknown> {
  const entries = Object.entries(seen).map(async ([name, value]) => [name, await value] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** The result of a step for those who read it, from its form on the wire. */
function readResult({ work }: CodeStep, raw: unknown): unknown {
  if (work.kind === 'each' && work.tolerant && Array.isArray(raw)) {
    return raw.map((item: unknown) => (item === null ? undefined : decoded(item)));
  }
  const result = decoded(raw);
  if (result === undefined || work.kind === 'sleep') return undefined;
  if (work.kind === 'signal') return parsed(work.signal.payload, result, `signal "${work.signal.id}"`);
  return work.kind === 'event' ? parsed(work.event.payload, result, `event "${work.event.id}"`) : result;
}

function holds(held: HeldStep, seen: unknown): boolean {
  const { when } = held.step;
  return when === undefined || evaluate(held, 'when', when, seen) === true;
}

/** A mapping is pure, so what it throws it throws at every attempt: terminal. */
function evaluate(held: HeldStep, name: string, map: LooseMapping, ...seen: unknown[]): unknown {
  let mapped: unknown;
  try {
    mapped = map(...(seen as never[]));
  } catch (error) {
    throw mappingFailed(held, name, `threw: ${reasonOf(error)}`, error);
  }
  if (types.isPromise(mapped)) {
    mapped.catch(() => {});
    throw mappingFailed(held, name, 'gave a promise; it has to answer at once, and work belongs into a task');
  }
  return mapped;
}

function keyOf(held: HeldStep, key: unknown): string | number {
  if (typeof key === 'number' && Number.isFinite(key)) return key;
  if (typeof key === 'string' && key !== '' && key.length <= 500) return key;
  throw mappingFailed(held, 'key', 'gave neither a text of 1 to 500 characters nor a number');
}

function instantOf(held: HeldStep, until: unknown): string {
  if (types.isDate(until) && !Number.isNaN(until.getTime())) return until.toISOString();
  throw mappingFailed(held, 'until', 'gave no valid Date');
}

function mappingFailed(held: HeldStep, name: string, reason: string, cause?: unknown): TerminalError {
  return new TerminalError(`"${name}" of ${placeOf(held)} ${reason}`, {
    code: 'mapping_failed',
    details: { step: held.step.key, function: name },
    cause,
  });
}

function placeOf({ workflow, step }: HeldStep): string {
  return `step "${step.key}" of ${nameOf(workflow)}`;
}

function nameOf(workflow: AnyWorkflow): string {
  return `workflow "${workflow.id}"`;
}

/** An input that its schema refuses is refused again at every attempt, so it is terminal. */
function parsed(schema: AnyTask['input'], value: unknown, what: string): unknown {
  if (schema === undefined) return value;
  const result = terminal(() => parseWith(schema, value, what));
  return result instanceof Promise ? result.catch(refuseInput) : result;
}

function terminal<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    return refuseInput(error);
  }
}

function refuseInput(error: unknown): never {
  if (!(error instanceof InvalidInputError)) throw error;
  throw new TerminalError(error.message, { code: error.code, details: { issues: error.issues }, cause: error });
}

/** `proceed` over a value that may still be a promise, at once where it is not. */
function after(value: unknown, proceed: (value: unknown) => unknown): unknown {
  return value instanceof Promise ? value.then(proceed) : proceed(value);
}

function isUnknownOutcome(output: unknown): boolean {
  return typeof output === 'object' && output !== null && Reflect.get(output, wireTag) === unknownOutcome[wireTag];
}
