import type { http } from '@taskflow/contracts-task-management';
import { InvalidInputError, notAvailable } from '../errors.ts';
import { checkCarrying, checkStepKey, maxSteps } from './check.ts';
import type { GraphBuilder, Needs, Output, Ref } from './graph-builder.ts';
import { refuseUnavailable, refuseUnknown } from './not-available.ts';
import type { AnyTask, Carrying } from './task.ts';

/** The last, internal step of a workflow defined in code: it maps results to the output. */
export const outputStepKey = '$output';

/** Names the definition, so that the step reaches only workers that hold it. */
export function outputType(definition: { readonly id: string; readonly version: number }): string {
  return `taskflow.output/${definition.id}@${definition.version}`;
}

/** Says in a payload that the worker evaluates the step's mapping in code; a payload without it is the input itself. */
export const mappedMarker = '$mapped';

type Mapping = (seen: never) => unknown;

/** What the worker needs of a step beside its payload. */
export interface CodeStep {
  readonly key: string;
  /** Absent for the output step, whose mapping is its whole work. */
  readonly task: AnyTask | undefined;
  readonly map: Mapping;
}

export interface WorkflowGraph {
  /** By key, the output step included. */
  readonly steps: ReadonlyMap<string, CodeStep>;
  /** As the server stores it. */
  readonly registered: { readonly steps: readonly http.workflows.StepRequest[]; readonly output: string };
}

const unavailable = ['when', 'onError', 'compensate', 'commit', 'sla', 'label'];
const known = ['needs', 'input', 'queue', 'priority', 'retry', 'timeout', ...unavailable];

interface LooseStepOptions extends Carrying {
  readonly needs?: Needs;
  readonly input?: Mapping;
}

/**
 * Collects the steps of one workflow. Handles can only name steps that stand before, so no cycle can be drawn; what a
 * handle cannot exclude is refused here: a name twice, a handle of another workflow, too many steps.
 */
export function createGraphBuilder(
  owner: string,
  outputTaskType: string,
): {
  readonly builder: GraphBuilder<never>;
  finish(output: Output<unknown>): WorkflowGraph;
} {
  const steps = new Map<string, CodeStep>();
  const requests: http.workflows.StepRequest[] = [];
  const handles = new Set<unknown>();
  let output: Output<unknown> | undefined;

  const refuse = (reason: string): never => {
    throw new InvalidInputError('invalid_definition', `${owner}: ${reason}`);
  };
  const add = (key: string, request: http.workflows.StepRequest, code: CodeStep): void => {
    if (steps.has(key)) refuse(`two steps are named "${key}"`);
    if (steps.size >= maxSteps) refuse(`more than ${maxSteps} steps`);
    steps.set(key, code);
    requests.push(request);
  };
  const neededKeys = (place: string, needs: Needs): string[] => {
    if ('input' in needs) refuse(`${place}: "input" is the workflow's input and cannot be a name in needs`);
    return Object.entries(needs).map(([name, handle]) =>
      handles.has(handle) ? handle.name : refuse(`${place}: needs.${name} is no step of this workflow`),
    );
  };

  const step = (key: string, task: AnyTask, options: LooseStepOptions): Ref<never> => {
    const place = `step "${key}"`;
    const { needs = {}, input } = options;
    refuseUnavailable(`${owner}: ${place}`, options, unavailable);
    refuseUnknown(`${owner}: ${place}`, options, known);
    checkStepKey(`${owner}: ${place}`, key);
    checkCarrying(`${owner}: ${place}`, options);
    if (key.startsWith('$')) refuse(`${place}: names that begin with $ are reserved`);
    if (typeof input !== 'function') return refuse(`${place}: input must be a function`);
    const carrying = carryingOf(task, options);
    add(
      key,
      { key, type: task.id, ...needing(needs, neededKeys(place, needs)), ...carrying },
      { key, task, map: input },
    );
    const handle: Ref<never> = Object.freeze({ name: key });
    handles.add(handle);
    return handle;
  };

  const declareOutput = (needs: Needs, map: Mapping): Output<never> => {
    const place = 'output';
    if (output !== undefined) refuse('w.output is called twice');
    const keys = neededKeys(place, needs);
    if (keys.length === 0) refuse('w.output needs at least one step');
    add(
      outputStepKey,
      { key: outputStepKey, type: outputTaskType, ...needing(needs, keys) },
      { key: outputStepKey, task: undefined, map },
    );
    const made: Output<never> = Object.freeze({ kind: 'output' });
    output = made;
    return made;
  };

  const missing = (verb: string) => (): never => {
    throw notAvailable(`${owner}: w.${verb}()`);
  };
  const builder: GraphBuilder<never> = {
    step: step as GraphBuilder<never>['step'],
    output: declareOutput as GraphBuilder<never>['output'],
    run: missing('run'),
    each: missing('each'),
    child: missing('child'),
    waitFor: missing('waitFor'),
    waitForEvent: missing('waitForEvent'),
    sleep: missing('sleep'),
  };

  return {
    builder,
    finish(returned) {
      if (output === undefined || returned !== output) refuse('the build function must return what w.output returned');
      return Object.freeze({ steps, registered: { steps: requests, output: outputStepKey } });
    },
  };
}

/** The payload that makes the server hand over the workflow's input and the needed results, and the edges. */
function needing(needs: Needs, keys: readonly string[]): Pick<http.workflows.StepRequest, 'payload' | 'dependsOn'> {
  const results = Object.entries(needs).map(([name, handle]) => [name, { $from: `steps.${handle.name}.result` }]);
  return {
    payload: { [mappedMarker]: true, input: { $from: 'input' }, needs: Object.fromEntries(results) },
    dependsOn: [...new Set(keys)],
  };
}

/** The step's word wins over its task's, member by member. */
function carryingOf(
  task: Carrying,
  step: Carrying,
): Pick<http.workflows.StepRequest, 'queue' | 'priority' | 'retry' | 'timeout'> {
  const queue = (step.queue ?? task.queue)?.id;
  const priority = step.priority ?? task.priority;
  const retry = step.retry ?? task.retry;
  const timeout = step.timeout ?? task.timeout;
  return {
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority }),
    ...(retry !== undefined && { retry: { ...task.retry, ...step.retry } }),
    ...(timeout !== undefined && { timeout: { ...task.timeout, ...step.timeout } }),
  };
}
