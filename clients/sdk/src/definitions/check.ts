import { http } from '@taskflow/contracts-task-management';
import { InvalidInputError, inputIssues } from '../errors.ts';
import { checkOptions, isDefinition } from './option-rules.ts';
import type { Schema } from './schema.ts';

const { scalars, workflows } = http;

/** Names and values are checked by the server's own contract, so that a definition that is made can be registered. */
function check(owner: string, what: string, schema: Schema, value: unknown): void {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise || result.issues === undefined) return;
  const issues = inputIssues(result.issues);
  const reason = issues.map((issue) => `${what}${issue.pointer} ${issue.message}`).join('; ');
  throw new InvalidInputError('invalid_definition', `${owner}: ${reason}`, issues);
}

export function checkName(owner: string, id: unknown): void {
  check(owner, 'id', scalars.name, id);
}

export function checkStepKey(owner: string, key: unknown): void {
  check(owner, 'name', workflows.stepKey, key);
}

export function checkVersion(owner: string, version: unknown): void {
  check(owner, 'version', workflows.registerDefinition.shape.version, version);
}

export type StepForm = keyof typeof workflows.stepForms;

/** Checks what a step does in place of a task, in the form that the server takes. */
export function checkForm(owner: string, kind: StepForm, form: unknown): void {
  check(owner, kind, workflows.stepForms[kind], form);
}

export function checkOnFailure(owner: string, onFailure: unknown): void {
  check(owner, 'onFailure', workflows.graph.shape.onFailure, onFailure);
}

/** Checks how a task is carried out, as far as the server has to know. */
export function checkExecutionOptions(
  owner: string,
  options: {
    readonly queue?: unknown;
    readonly priority?: unknown;
    readonly retry?: unknown;
    readonly timeout?: unknown;
  },
): void {
  checkOptions(owner, options, { queue: isDefinition('queue') }, 'invalid_definition');
  if (options.priority !== undefined) check(owner, 'priority', scalars.priority, options.priority);
  if (options.retry !== undefined) check(owner, 'retry', scalars.retry, options.retry);
  if (options.timeout !== undefined) check(owner, 'timeout', scalars.timeout, options.timeout);
}

export function checkTags(owner: string, tags: unknown): void {
  if (tags !== undefined) check(owner, 'tags', scalars.tags, tags);
}

/** The contract's bound on the steps of one workflow. */
export const maxSteps = workflows.maxSteps;
