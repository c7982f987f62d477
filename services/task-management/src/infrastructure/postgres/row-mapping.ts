import type { LockedTask, StoredRun } from '../../application/ports/advance-store.ts';
import type { TaskRecord } from '../../application/task-record.ts';
import type { WorkflowRecord } from '../../application/workflow-record.ts';

type Columns = Record<string, unknown>;

/** Columns of a task; those that a statement left out read as null. */
export function taskOf(row: Columns): TaskRecord {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    generation: row.generation,
    type: row.type,
    queue: row.queue,
    priority: row.priority,
    status: row.status,
    attempts: row.attempts,
    payload: row.payload,
    result: row.result ?? null,
    error: row.error ?? null,
    progress: row.progress ?? null,
    options: row.options ?? null,
    cancelRequested: row.cancel_requested,
    workflowId: row.workflow_id ?? null,
    step: row.step ?? null,
    createdAt: row.created_at,
    startedAt: row.started_at ?? null,
    finishedAt: row.finished_at ?? null,
  } as TaskRecord;
}

export function lockedTaskOf(row: Columns): LockedTask {
  return { ...taskOf(row), cancelReason: (row.cancel_reason ?? null) as string | null };
}

export function workflowOf(row: Columns): WorkflowRecord {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    name: row.name,
    version: row.version ?? null,
    hash: row.hash,
    steps: row.steps ?? 0,
    status: row.status,
    input: row.input,
    output: row.output ?? null,
    error: row.error ?? null,
    failedStep: row.failed_step ?? null,
    cancelRequested: row.cancel_requested,
    cancelReason: row.cancel_reason ?? null,
    pauseReason: row.pause_reason ?? null,
    parentId: row.parent_id ?? null,
    parentStep: row.parent_step ?? null,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? null,
  } as WorkflowRecord;
}

export function runOf(row: Columns): StoredRun {
  return {
    ...workflowOf(row),
    options: (row.options ?? null) as string | null,
    graph: row.graph as string,
  };
}
