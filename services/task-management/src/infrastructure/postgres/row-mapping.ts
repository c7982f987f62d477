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
import type { ListedWorkflow } from '../../application/ports/reading-store.ts';
import type { TaskRecord } from '../../application/records/task-record.ts';
import type { WorkflowRecord } from '../../application/records/workflow-record.ts';
import type { RowOfStatement } from './statements.ts';

/** Every statement that gives rows of a table gives the columns that all of them name, and may give the others. */
type Columns<All, Common> = Pick<All, keyof All & keyof Common> & Partial<All>;
type TaskColumns = Columns<RowOfStatement<'read-tasks'>, RowOfStatement<'lock-tasks'>>;
type ListedColumns = Omit<WorkflowColumns, 'input' | 'output' | 'error' | 'failed_step' | 'stuck_from' | 'stuck_error'>;
type WorkflowColumns = Columns<RowOfStatement<'read-workflows'>, RowOfStatement<'load-workflows'>>;

/** Columns of a task; those that a statement left out read as null. */
export function taskOf(row: TaskColumns): TaskRecord {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    generation: row.generation,
    type: row.type,
    queue: row.queue,
    priority: row.priority,
    status: row.status as TaskRecord['status'],
    attempts: row.attempts,
    payload: row.payload,
    result: row.result ?? null,
    error: row.error ?? null,
    progress: row.progress ?? null,
    options: row.options,
    cancelRequested: row.cancel_requested,
    workflowId: row.workflow_id,
    step: row.step,
    createdAt: row.created_at,
    startedAt: row.started_at ?? null,
    finishedAt: row.finished_at ?? null,
    stuckAt: row.stuck_at ?? null,
  };
}

export function lockedTaskOf(row: RowOfStatement<'lock-tasks'>): LockedTask {
  return { ...taskOf(row), cancelReason: row.cancel_reason };
}

export function listedWorkflowOf(row: ListedColumns): ListedWorkflow {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    name: row.name,
    version: row.version,
    hash: row.hash,
    steps: row.steps ?? 0,
    status: row.status as WorkflowRecord['status'],
    cancelRequested: row.cancel_requested,
    cancelReason: row.cancel_reason,
    pauseReason: row.pause_reason,
    parentId: row.parent_id,
    parentStep: row.parent_step,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? null,
    stuckAt: row.stuck_at ?? null,
  };
}

export function workflowOf(row: WorkflowColumns): WorkflowRecord {
  return {
    ...listedWorkflowOf(row),
    input: row.input,
    output: row.output ?? null,
    error: row.error,
    failedStep: row.failed_step,
    stuckFrom: row.stuck_from as WorkflowRecord['stuckFrom'],
    stuckError: row.stuck_error ?? null,
  };
}

export function runOf(row: RowOfStatement<'load-workflows'>): StoredRun {
  return { ...workflowOf(row), options: row.options };
}

export function settledOf(row: RowOfStatement<'settle-tasks'>): SettledTask {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    generation: row.generation,
    status: row.status as SettledTask['status'],
    type: row.type,
    queue: row.queue,
    cancelReason: row.cancel_reason,
    workflowId: row.workflow_id,
    step: row.step,
  };
}

export function stepStatusOf(row: RowOfStatement<'load-step-statuses'>): StepStatusRow {
  return {
    workflowId: row.workflow_id,
    taskId: row.id,
    step: row.step,
    generation: row.generation,
    status: row.status as StepStatusRow['status'],
    outcomeUnknown: row.outcome_unknown,
    fanOut: row.fan_out === null ? null : fanOutOf(row.fan_out),
  };
}

/** Its names are those of the table's columns. */
function fanOutOf(json: string): StoredFanOut {
  const { total, laid, largest, started, completed, failed, unknown, closed, revision } = JSON.parse(json);
  return { total, laid, largest, started, completed, failed, unknown, closed, revision };
}

export function rowToResetOf(row: RowOfStatement<'load-rows-to-reset'>) {
  return { workflowId: row.workflow_id, step: row.step, generation: row.generation };
}

export function waitKeyOf(row: RowOfStatement<'read-due-waits'>): WaitKey {
  return { tenantId: row.tenant_id, workflowId: row.workflow_id, step: row.step };
}

export function takenWaitOf(row: RowOfStatement<'take-due-waits'>): TakenWait {
  return { ...waitKeyOf(row), kind: row.kind as TakenWait['kind'], name: row.name, key: row.key };
}

export function matchedWaitOf(row: RowOfStatement<'take-event-waits'>): MatchedWait {
  return { ...waitKeyOf(row), number: row.number, event: row.n - 1 };
}

export function liveWaitOf(row: RowOfStatement<'load-waits'>): LiveWait {
  return { workflowId: row.workflow_id, step: row.step, kind: row.kind as LiveWait['kind'], key: row.key };
}

export function keptSignalsOf({ workflow_id: workflowId, name, kept }: RowOfStatement<'load-signals'>) {
  return { workflowId, name, kept };
}

export function keptInputOf(row: RowOfStatement<'take-inputs'>): KeptInputRow {
  return { tenantId: row.tenant_id, workflowId: row.workflow_id, kind: row.kind, input: row.input };
}

export function closedPageOf(rows: readonly RowOfStatement<'close-steps'>[]): ClosedPage {
  const children: ClosedPage['children'][number][] = [];
  const rest: DiscardPage[] = [];
  for (const row of rows) {
    const { tenant_id: tenantId, workflow_id: workflowId, step, generation } = row;
    if (step === null || generation === null) rest.push(discardPageOf(row));
    else children.push({ tenantId, workflowId, step, generation });
  }
  return { children, rest };
}

interface Reach {
  readonly tenant_id: string;
  readonly workflow_id: string;
  readonly scanned_to: string | null;
}

export function discardPageOf({ tenant_id: tenantId, workflow_id: id, scanned_to: after }: Reach): DiscardPage {
  return { tenantId, id, after };
}

export function takenSignalOf({ workflow_id: workflowId, name, payload }: RowOfStatement<'take-signals'>) {
  return { workflowId, name, payload };
}

export function cancelledPageOf(rows: readonly RowOfStatement<'request-workflow-cancels'>[]): CancelledPage {
  const tasks: CancelledPage['tasks'][number][] = [];
  const rest: CancelledPage['rest'][number][] = [];
  for (const { tenant_id: tenantId, id, generation, workflow_id: workflowId, scanned_to: after } of rows) {
    if (id !== null && generation !== null) tasks.push({ tenantId, id, generation, workflowId });
    else if (after !== null) rest.push({ tenantId, id: workflowId, after });
  }
  return { tasks, rest };
}

export function eventDeliveryOf({
  tenant_id: tenantId,
  up_to: upTo,
  ...row
}: RowOfStatement<'read-event-deliveries'>): EventDelivery {
  return { tenantId, upTo, ...row };
}
