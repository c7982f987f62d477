import type {
  CancelledPage,
  ClosedPage,
  DiscardPage,
  EventDelivery,
  KeptInputRow,
  LiveWait,
  LockedTask,
  MatchedWait,
  SettledTask,
  StepStatusRow,
  StoredFanOut,
  StoredRun,
  TakenWait,
  WaitKey,
} from '../../application/ports/advance-store.ts';
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
    stuckAt: row.stuck_at ?? null,
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
    stuckAt: row.stuck_at ?? null,
    stuckFrom: row.stuck_from ?? null,
    stuckError: row.stuck_error ?? null,
  } as WorkflowRecord;
}

export function runOf(row: Columns): StoredRun {
  return { ...workflowOf(row), options: (row.options ?? null) as string | null };
}

export function settledOf(row: Columns): SettledTask {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    generation: row.generation,
    status: row.status,
    type: row.type,
    queue: row.queue,
    cancelReason: row.cancel_reason,
    workflowId: row.workflow_id,
    step: row.step,
  } as SettledTask;
}

export function stepStatusOf(row: Columns): StepStatusRow {
  return {
    workflowId: row.workflow_id,
    taskId: row.id,
    step: row.step,
    generation: row.generation,
    status: row.status,
    outcomeUnknown: row.outcome_unknown,
    fanOut: row.fan_out === null ? null : fanOutOf(row.fan_out as string),
  } as StepStatusRow;
}

/** Its names are those of the table's columns. */
function fanOutOf(json: string): StoredFanOut {
  const { total, laid, largest, started, completed, failed, unknown, closed, revision } = JSON.parse(json);
  return { total, laid, largest, started, completed, failed, unknown, closed, revision };
}

export function rowToResetOf({ workflow_id: workflowId, step, generation }: Columns) {
  return { workflowId, step, generation } as { workflowId: string; step: string; generation: number };
}

export function waitKeyOf({ tenant_id: tenantId, workflow_id: workflowId, step }: Columns): WaitKey {
  return { tenantId, workflowId, step } as WaitKey;
}

export function takenWaitOf(row: Columns): TakenWait {
  return { ...waitKeyOf(row), kind: row.kind, name: row.name, key: row.key } as TakenWait;
}

export function matchedWaitOf(row: Columns): MatchedWait {
  return { ...waitKeyOf(row), number: row.number as number, event: (row.n as number) - 1 };
}

export function liveWaitOf({ workflow_id: workflowId, step, kind, key }: Columns): LiveWait {
  return { workflowId, step, kind, key } as LiveWait;
}

export function keptSignalsOf({ workflow_id: workflowId, name, kept }: Columns) {
  return { workflowId, name, kept } as { workflowId: string; name: string; kept: number };
}

export function keptInputOf({ tenant_id: tenantId, workflow_id: workflowId, kind, input }: Columns): KeptInputRow {
  return { tenantId, workflowId, kind, input } as KeptInputRow;
}

export function closedPageOf(rows: readonly Columns[]): ClosedPage {
  const children: ClosedPage['children'][number][] = [];
  const rest: DiscardPage[] = [];
  for (const row of rows) {
    const { tenant_id: tenantId, workflow_id: workflowId, step, generation } = row;
    if (step === null) rest.push(discardPageOf(row));
    else children.push({ tenantId, workflowId, step, generation } as ClosedPage['children'][number]);
  }
  return { children, rest };
}

export function discardPageOf({ tenant_id: tenantId, workflow_id: id, scanned_to: after }: Columns): DiscardPage {
  return { tenantId, id, after } as DiscardPage;
}

export function takenSignalOf({ workflow_id: workflowId, name, payload }: Columns) {
  return { workflowId, name, payload } as { workflowId: string; name: string; payload: string };
}

export function cancelledPageOf(rows: readonly Columns[]): CancelledPage {
  const tasks: CancelledPage['tasks'][number][] = [];
  const rest: CancelledPage['rest'][number][] = [];
  for (const { tenant_id, id, generation, workflow_id, scanned_to } of rows) {
    const [tenantId, workflowId] = [tenant_id as string, workflow_id as string];
    if (id === null) rest.push({ tenantId, id: workflowId, after: scanned_to as string });
    else tasks.push({ tenantId, id: id as string, generation: generation as number, workflowId });
  }
  return { tasks, rest };
}

export function eventDeliveryOf({ tenant_id: tenantId, up_to: upTo, ...row }: Columns): EventDelivery {
  return { tenantId, upTo, ...row } as EventDelivery;
}
