import { mappedMarker, outputType } from '../definitions/graph-compiler.ts';
import type { QueueDef } from '../definitions/queue.ts';
import { parseWith } from '../definitions/schema.ts';
import type { AnyTask } from '../definitions/task.ts';
import type { AnyWorkflow } from '../definitions/workflow.ts';
import { InvalidInputError, RetryableError, TerminalError } from '../errors.ts';
import type { Attempt } from './attempt.ts';
import { builtIn } from './built-in-tasks.ts';

/** What a worker or client can hold. */
export type Definition = AnyTask | AnyWorkflow | QueueDef;

/** The code that a worker holds, found by what a delivery says. */
export interface Handlers {
  readonly types: readonly string[];
  readonly workflows: readonly AnyWorkflow[];
  /** Runs the handler; its result or a promise of it. Throws or rejects with what the handler throws. */
  run(attempt: Attempt): unknown;
}

/** A payload of a step defined in code: the worker evaluates the step's mapping over it. */
interface MappedPayload {
  readonly input: unknown;
  readonly needs: Readonly<Record<string, unknown>>;
}

const reserved = 'taskflow.';

/** Throws `InvalidInputError` with code `duplicate_definition` or `reserved_definition`. */
export function createHandlers(definitions: readonly Definition[]): Handlers {
  const tasks = new Map<string, AnyTask>(Object.values(builtIn).map((task) => [task.id, task]));
  const workflows = new Map<string, AnyWorkflow>();
  for (const definition of definitions) {
    if (definition.kind === 'task') addTask(tasks, definition);
    if (definition.kind === 'workflow') addWorkflow(workflows, tasks, definition);
  }

  const runStep = (attempt: Attempt, payload: MappedPayload): unknown => {
    const workflow = attempt.delivery.workflow;
    const held = workflow && workflows.get(`${workflow.name}@${workflow.version}`);
    const step = workflow && held?.graph.steps.get(workflow.step);
    if (held === undefined || step === undefined) {
      const name = `${workflow?.name}@${workflow?.version}`;
      throw new RetryableError(`this worker does not hold ${name}`, { code: 'definition_not_held', retryAfter: 1_000 });
    }
    return after(parsed(held.input, payload.input, `workflow "${held.id}"`), (input) => {
      const mapped = evaluate(`step "${step.key}" of "${held.id}"`, step.map, { ...payload.needs, input });
      return step.task === undefined ? mapped : runTask(step.task, mapped, attempt);
    });
  };

  return {
    types: [...tasks.keys(), ...[...workflows.values()].map(outputType)],
    workflows: [...workflows.values()],
    run(attempt) {
      const { payload, type, workflow } = attempt.delivery;
      if (workflow !== undefined && isMapped(payload)) return runStep(attempt, payload);
      const task = tasks.get(type);
      if (task === undefined) {
        throw new RetryableError(`this worker has no handler for ${type}`, {
          code: 'type_not_held',
          retryAfter: 1_000,
        });
      }
      return runTask(task, payload, attempt);
    },
  };
}

function addTask(tasks: Map<string, AnyTask>, task: AnyTask): void {
  const known = tasks.get(task.id);
  if (known === task) return;
  if (task.id.startsWith(reserved)) {
    throw new InvalidInputError(
      'reserved_definition',
      `task "${task.id}": names that begin with ${reserved} are reserved`,
    );
  }
  if (known !== undefined) {
    throw new InvalidInputError('duplicate_definition', `two different tasks have the id "${task.id}"`);
  }
  tasks.set(task.id, task);
}

function addWorkflow(workflows: Map<string, AnyWorkflow>, tasks: Map<string, AnyTask>, workflow: AnyWorkflow): void {
  const name = `${workflow.id}@${workflow.version}`;
  const known = workflows.get(name);
  if (known !== undefined && known !== workflow) {
    throw new InvalidInputError('duplicate_definition', `two different workflows are ${name}`);
  }
  workflows.set(name, workflow);
  for (const step of workflow.graph.steps.values()) if (step.task !== undefined) addTask(tasks, step.task);
}

function runTask(task: AnyTask, value: unknown, attempt: Attempt): unknown {
  attempt.definition = task;
  return after(parsed(task.input, value, `task "${task.id}"`), (input) => task.run(input as never, attempt));
}

/** An input that its schema refuses is refused again at every attempt, so it is terminal. */
function parsed(schema: AnyTask['input'], value: unknown, what: string): unknown {
  if (schema === undefined) return value;
  const refuse = (error: unknown): never => {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new TerminalError(error.message, { code: error.code, details: { issues: error.issues }, cause: error });
  };
  try {
    const result = parseWith(schema, value, what);
    return result instanceof Promise ? result.catch(refuse) : result;
  } catch (error) {
    return refuse(error);
  }
}

/** A mapping is pure, so what it throws it throws at every attempt: terminal. */
function evaluate(place: string, map: (seen: never) => unknown, seen: object): unknown {
  try {
    return map(seen as never);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TerminalError(`the mapping of ${place} threw: ${reason}`, { code: 'mapping_failed', cause: error });
  }
}

/** `proceed` over a value that may still be a promise, at once where it is not. */
function after(value: unknown, proceed: (value: unknown) => unknown): unknown {
  return value instanceof Promise ? value.then(proceed) : proceed(value);
}

function isMapped(payload: unknown): payload is MappedPayload {
  return typeof payload === 'object' && payload !== null && Reflect.get(payload, mappedMarker) === true;
}
