import type { http } from '@taskflow/contracts-task-management';
import type { UncheckedOptions } from './step-options.ts';
import type { ExecutionOptions } from './task.ts';
import { encodedUndefined, wireTag } from './wire-value.ts';
import type { CodeStep, Compensation } from './workflow-graph.ts';

export type StepRequest = http.workflows.StepRequest;

/** Says in a payload that the worker evaluates the step's functions in code; a payload without it is the input itself. */
export const mappedMarker = '$mapped';

/** Takes the place of the output of a step whose outcome nobody knows, which differs from having returned `undefined`. */
export const unknownOutcome = Object.freeze({ [wireTag]: 'unknown' });

/** The payload that makes the server hand over the workflow's input and the needed results. */
function seenPayload(needs: ReadonlyMap<string, CodeStep>, more: object = {}): object {
  const results = [...needs].map(([name, step]) => [name, resultOf(step.key, encodedUndefined)]);
  return { [mappedMarker]: true, input: { $from: 'input' }, needs: Object.fromEntries(results), ...more };
}

/** The edges, and for a step whose functions the worker evaluates, what they see. */
export function neededBy(needs: ReadonlyMap<string, CodeStep>, mapped: boolean): Partial<StepRequest> {
  const dependsOn = [...new Set([...needs.values()].map((step) => step.key))];
  return { dependsOn, ...(mapped && { mapped, payload: seenPayload(needs) }) };
}

export function compensationRequest(
  key: string,
  needs: ReadonlyMap<string, CodeStep>,
  compensation: Compensation,
  options: ExecutionOptions,
): StepRequest['compensation'] {
  const payload = seenPayload(needs, { output: resultOf(key, unknownOutcome) });
  return { type: compensation.task.id, payload, ...executionRequest(compensation.task, options) };
}

/** The options that every kind of step has, where they are given. */
export function graphRequest(options: UncheckedOptions): Partial<StepRequest> {
  return {
    ...(options.onError !== undefined && options.onError !== 'fail' && { onError: options.onError }),
    ...(options.commit === true && { commit: true }),
  };
}

/** The step's word wins over its task's, member by member. */
export function executionRequest(
  task: ExecutionOptions,
  step: ExecutionOptions,
): Pick<StepRequest, 'queue' | 'priority' | 'retry' | 'timeout'> {
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

function resultOf(key: string, absent: object): object {
  return { $from: `steps.${key}.result`, default: absent };
}
