import { decodeWire } from '../definitions/decode-wire.ts';
import { parseWith } from '../definitions/schema.ts';
import type { AnyTask } from '../definitions/task.ts';
import type { AnyWorkflow, CodeStep } from '../definitions/workflow-graph.ts';
import { InvalidInputError, TerminalError } from '../errors.ts';

/** A payload of a step defined in code: the worker evaluates the step's functions over it. */
export interface MappedPayload {
  readonly input: unknown;
  readonly needs: Readonly<Record<string, unknown>>;
  /** The step's result, for its compensation. */
  readonly output?: unknown;
}

/** A step of a definition that this worker holds. */
export interface RegisteredStep {
  readonly workflow: AnyWorkflow;
  readonly step: CodeStep;
}

/** Reads a value that came over the wire; one that is malformed is so at every attempt, so the error is terminal. */
export function decoded(value: unknown): unknown {
  return terminal(() => decodeWire(value));
}

/** The workflow's input and the results that the step needs, as the types of the graph promise them. */
export function seenBy({ workflow, step }: RegisteredStep, { needs, input: raw }: MappedPayload): unknown {
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
export function readResult({ work }: CodeStep, raw: unknown): unknown {
  if (work.kind === 'each' && work.tolerant && Array.isArray(raw)) {
    return raw.map((item: unknown) => (item === null ? undefined : decoded(item)));
  }
  const result = decoded(raw);
  if (result === undefined || work.kind !== 'wait') return result;
  return parsed(work.payload, result, `${work.word} "${work.subject ?? ''}"`);
}

export function nameOf(workflow: AnyWorkflow): string {
  return `workflow "${workflow.id}"`;
}

/** An input that its schema refuses is refused again at every attempt, so it is terminal. */
export function parsed(schema: AnyTask['input'], value: unknown, what: string): unknown {
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
