import { resolveTemplate } from '../../domain/workflow/payload-template.ts';
import { tooLarge } from '../ports/advance-store.ts';
import {
  defaultPriority,
  defaultQueue,
  type NewTask,
  type RetryOptions,
  type TaskOptions,
  type TimeoutOptions,
} from '../task-record.ts';
import { sourceStep, type StepResults, stepTaskId } from './step-results.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** Most bytes of a payload once its references are filled in. */
export const maxResolvedPayload = 1024 * 1024;
/** Most bytes that the steps of one workflow which start together may carry: a large result fans out to all of them. */
export const maxResolvedWave = 64 * 1024 * 1024;

export interface Unstartable {
  readonly code: 'reference_not_found' | 'payload_too_large';
  readonly message: string;
}

/** The task of a step that starts now, or why it cannot start. */
export function makeStepTask(
  run: WorkflowRun,
  step: number,
  results: StepResults,
  cause: { readonly now: number; readonly causationId: string | undefined },
): NewTask | Unstartable {
  const payload = resolvePayload(run, step, results);
  if (typeof payload !== 'string') return payload;
  const definition = run.graph.steps[step];
  if (!definition) return { code: 'reference_not_found', message: `There is no step ${step}.` };
  return {
    tenantId: run.tenantId,
    id: stepTaskId(run, step),
    type: definition.type,
    queue: definition.queue ?? defaultQueue,
    priority: definition.priority ?? run.priority ?? defaultPriority,
    payload,
    options: stepOptions(run, step),
    step: { workflowId: run.id, name: run.name, version: run.version, step: definition.key },
    createdAt: cause.now,
    causationId: cause.causationId,
  };
}

function resolvePayload(run: WorkflowRun, step: number, results: StepResults): string | Unstartable {
  const definition = run.graph.steps[step];
  if (!definition) return 'null';
  if (definition.payload.references.length === 0) return definition.payload.texts[0] ?? 'null';
  let oversized = false;
  const resolved = resolveTemplate(definition.payload, (reference) => {
    if (reference.source === 'input') return run.input;
    const source = sourceStep(run, reference);
    const result = source === undefined ? 'null' : results.of(run, source);
    if (result !== tooLarge) return result;
    oversized = true;
    return 'null';
  });
  if (oversized || ('text' in resolved && resolved.text.length > maxResolvedPayload)) {
    return {
      code: 'payload_too_large',
      message: `The payload of the step "${definition.key}" is larger than ${maxResolvedPayload} bytes once its references are filled in. Pass smaller results on, or references to where the data lies.`,
    };
  }
  if ('text' in resolved) return resolved.text;
  return {
    code: 'reference_not_found',
    message: `The step "${definition.key}" reads "${resolved.missing.text}", and there is no such value.`,
  };
}

function stepOptions(run: WorkflowRun, step: number): TaskOptions | undefined {
  const definition = run.graph.steps[step];
  const { retry, timeout } = definition ?? {};
  if (!retry && !timeout && run.traceparent === undefined) return undefined;
  return {
    ...(retry && { retry: retry as RetryOptions }),
    ...(timeout && { timeout: timeout as TimeoutOptions }),
    ...(run.traceparent !== undefined && { traceparent: run.traceparent }),
  };
}
