import type { QueueDef } from '../definitions/queue.ts';
import { mappedMarker } from '../definitions/step-request.ts';
import type { AnyTask } from '../definitions/task.ts';
import { outputType, prepareType, runType } from '../definitions/work-verbs.ts';
import { type AnyWorkflow, childrenOf } from '../definitions/workflow-graph.ts';
import { InvalidInputError, RetryableError } from '../errors.ts';
import type { Attempt } from './attempt.ts';
import { builtIn } from './built-in-tasks.ts';
import { decoded, type MappedPayload, type RegisteredStep } from './received-values.ts';
import { compensateStep, notRegistered, prepareStep, runStep, runTask, writerOfItem } from './step-work.ts';

/** A definition that a worker or client can hold. */
export type Definition = AnyTask | AnyWorkflow | QueueDef;

/** The code that a worker holds, found by what a delivery says. */
export interface Handlers {
  readonly types: readonly string[];
  readonly workflows: readonly AnyWorkflow[];
  /** True where it would carry out this very definition. */
  holds(definition: AnyTask | AnyWorkflow): boolean;
  /** Runs the handler; its result, `skipped`, or a promise of it. Throws or rejects with what the handler throws. */
  run(attempt: Attempt): unknown;
}

type StepOfWorkflow = NonNullable<Attempt['delivery']['workflow']>;

const reserved = 'taskflow.';

/** Throws `InvalidInputError` with code `duplicate_definition` or `reserved_definition`. */
export function createHandlers(definitions: readonly Definition[]): Handlers {
  const tasks = new Map<string, AnyTask>(Object.values(builtIn).map((task) => [task.id, task]));
  const workflows = new Map<string, AnyWorkflow>();
  for (const definition of definitions) {
    if (definition.kind === 'task') addTask(tasks, definition);
    if (definition.kind === 'workflow') addWorkflow(workflows, tasks, definition);
  }

  const registeredStep = ({ name, version, step: key }: StepOfWorkflow): RegisteredStep | undefined => {
    const workflow = workflows.get(`${name}@${version}`);
    const step = workflow?.graph.steps.get(key);
    return workflow && step && { workflow, step };
  };

  const runMapped = (attempt: Attempt, place: StepOfWorkflow, payload: MappedPayload): unknown => {
    const step = registeredStep(place);
    if (step === undefined) throw notRegistered(`${place.name}@${place.version}`);
    if (place.role === 'prepare') return prepareStep(step, payload);
    return place.role === 'compensation' ? compensateStep(step, payload, attempt) : runStep(step, payload, attempt);
  };

  return {
    types: [...tasks.keys(), ...[...workflows.values()].flatMap(ownTypes)],
    workflows: [...workflows.values()],
    holds: (definition) =>
      definition.kind === 'workflow'
        ? workflows.get(nameOf(definition)) === definition
        : tasks.get(definition.id) === definition,
    run(attempt) {
      const { payload, type, workflow } = attempt.delivery;
      if (workflow !== undefined && workflow.role !== 'item' && isMapped(payload)) {
        return runMapped(attempt, workflow, payload);
      }
      const task = tasks.get(type);
      if (task === undefined) {
        throw new RetryableError(`this worker has no handler for ${type}`, {
          code: 'type_not_held',
          retryAfter: 1_000,
        });
      }
      const item = workflow?.role === 'item' ? registeredStep(workflow) : undefined;
      if (item !== undefined) attempt.write = writerOfItem(item.step);
      return runTask(task, decoded(payload), attempt);
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

/** Also the workflows that its steps start, each before the one that names it. */
function addWorkflow(workflows: Map<string, AnyWorkflow>, tasks: Map<string, AnyTask>, workflow: AnyWorkflow): void {
  const name = nameOf(workflow);
  const known = workflows.get(name);
  if (known === workflow) return;
  if (known !== undefined) {
    throw new InvalidInputError('duplicate_definition', `two different workflows are ${name}`);
  }
  for (const child of childrenOf(workflow)) addWorkflow(workflows, tasks, child);
  workflows.set(name, workflow);
  for (const { work, compensate } of workflow.graph.steps.values()) {
    if (work.kind === 'task' || work.kind === 'each') addTask(tasks, work.task);
    if (compensate !== undefined) addTask(tasks, compensate.task);
  }
}

/** The types of the platform's own tasks that steps of this workflow can become. */
function ownTypes(workflow: AnyWorkflow): string[] {
  const { steps } = workflow.graph.registered;
  const prepared = steps.some((step) => step.mapped === true && (step.type === undefined || step.each !== undefined));
  const inline = steps.some((step) => step.type === runType(workflow));
  return [outputType(workflow), ...(inline ? [runType(workflow)] : []), ...(prepared ? [prepareType(workflow)] : [])];
}

function nameOf({ id, version }: AnyWorkflow): string {
  return `${id}@${version}`;
}

function isMapped(payload: unknown): payload is MappedPayload {
  return typeof payload === 'object' && payload !== null && Reflect.get(payload, mappedMarker) === true;
}
