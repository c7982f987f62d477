import {
  float8Array,
  byteaArray,
  int4Array,
  nullableUuidArray,
  type Parameter,
  textArray,
  timestamptzArray,
  uuidArray,
} from '@taskflow/kit-postgres';
import type { WaitKey } from '../../application/ports/advance-store.ts';
import type { IdempotencyKey, KeyClaim } from '../../application/ports/creation-store.ts';
import { stepAddress } from '../../application/step-address.ts';
import type { NewStepRow, NewTask } from '../../application/task-record.ts';
import type { NewWait, NewWorkflow } from '../../application/workflow-record.ts';

/** Parameters of `insert-tasks.sql` and `insert-steps.sql`. */
export function taskParameters(tasks: readonly NewTask[]): Buffer[] {
  return [
    uuidArray(tasks.map(({ tenantId }) => tenantId)),
    uuidArray(tasks.map(({ id }) => id)),
    textArray(tasks.map(({ type }) => type)),
    textArray(tasks.map(({ queue }) => queue)),
    int4Array(tasks.map(({ priority }) => priority)),
    textArray(tasks.map(({ payload }) => payload)),
    textArray(tasks.map(({ options }) => (options === undefined ? null : JSON.stringify(options)))),
    nullableUuidArray(tasks.map(({ step }) => step?.workflowId ?? null)),
    textArray(tasks.map(({ step }) => (step === undefined ? null : stepAddress(step)))),
    timestamptzArray(tasks.map(({ createdAt }) => createdAt)),
  ];
}

/** Parameters of `insert-workflows.sql` without the status, and the first ones of `insert-children.sql`. */
export function workflowParameters(workflows: readonly NewWorkflow[]): Buffer[] {
  return [
    uuidArray(workflows.map(({ tenantId }) => tenantId)),
    uuidArray(workflows.map(({ id }) => id)),
    textArray(workflows.map(({ name }) => name)),
    int4Array(workflows.map(({ version }) => version ?? null)),
    textArray(workflows.map(({ stored }) => stored.hash)),
    int4Array(workflows.map(({ stored }) => stored.graph.steps.length)),
    textArray(workflows.map(({ input }) => input)),
    textArray(workflows.map(({ options }) => JSON.stringify(options))),
    timestamptzArray(workflows.map(({ createdAt }) => createdAt)),
  ];
}

export function claimParameters(claims: readonly KeyClaim[]): Buffer[] {
  return [
    ...idempotencyKeyArrays(claims),
    byteaArray(claims.map(({ fingerprint }) => fingerprint)),
    textArray(claims.map(({ subjectIds }) => `{${subjectIds.join(',')}}`)),
    timestamptzArray(claims.map(({ createdAt }) => createdAt)),
  ];
}

export function idempotencyKeyParameters(keys: readonly IdempotencyKey[]): Parameter[] {
  return [...idempotencyKeyArrays(keys), keys.length];
}

function idempotencyKeyArrays(keys: readonly IdempotencyKey[]): Buffer[] {
  return [
    uuidArray(keys.map(({ tenantId }) => tenantId)),
    textArray(keys.map(({ route }) => route)),
    textArray(keys.map(({ key }) => key)),
  ];
}

export function stepRowParameters(rows: readonly NewStepRow[]): Buffer[] {
  return [
    ...taskParameters(rows),
    textArray(rows.map(({ status }) => status)),
    textArray(rows.map(({ result }) => result)),
    textArray(rows.map(({ error }) => error)),
    timestamptzArray(rows.map(({ startedAt }) => startedAt)),
    timestamptzArray(rows.map(({ finishedAt }) => finishedAt)),
  ];
}

export function laidItemParameters(rows: readonly NewStepRow[]): Buffer[] {
  return [...taskParameters(rows), textArray(rows.map(({ status }) => status))];
}

export function newWaitParameters(waits: readonly NewWait[]): Parameter[] {
  return [
    ...waitKeyArrays(waits),
    textArray(waits.map(({ kind }) => kind)),
    timestamptzArray(waits.map(({ dueAt }) => dueAt)),
    textArray(waits.map(({ name }) => name)),
    textArray(waits.map(({ key }) => key)),
    float8Array(waits.map(({ afterMs }) => afterMs)),
  ];
}

export function waitKeyArrays(waits: readonly WaitKey[]): Buffer[] {
  return [
    uuidArray(waits.map(({ tenantId }) => tenantId)),
    uuidArray(waits.map(({ workflowId }) => workflowId)),
    textArray(waits.map(({ step }) => step)),
  ];
}
