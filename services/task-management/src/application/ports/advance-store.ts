import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import type { Settlement } from '../../domain/task/settlement.ts';
import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { NewTask, TaskRecord } from '../task-record.ts';
import type { WorkflowRecord } from '../workflow-record.ts';

/** Bytes of earlier results that one turn reads for one workflow; without a bound, one join could fill the memory. */
export const maxResultBytes = 32 * 1024 * 1024;
/** Stands for a result beyond that bound. */
export const tooLarge = Symbol('too large');

/** Names a task or a workflow. */
export interface Key {
  readonly tenantId: string;
  readonly id: string;
}

/** A consecutive piece of another service's stream. */
export interface Advance {
  readonly source: string;
  readonly stream: number;
  readonly from: number;
  readonly to: number;
  readonly identity: string;
}

/** A task that ended in this transaction and from which something follows. */
export interface SettledTask extends Key {
  readonly generation: number;
  readonly status: TaskStatus;
  readonly type: string;
  readonly queue: string;
  readonly cancelReason: string | null;
  readonly workflowId: string | null;
  readonly step: string | null;
}

/** A wait whose time has come. */
export interface DueWait {
  readonly tenantId: string;
  readonly workflowId: string;
  /** Key of the step. */
  readonly step: string;
}

export interface LockedTask extends TaskRecord {
  readonly cancelReason: string | null;
}

export interface TaskChangeRow extends Key {
  readonly generation: number;
  readonly priority: number;
  readonly cancelRequested: boolean;
  readonly cancelReason: string | null;
}

export interface StoredRun extends WorkflowRecord {
  readonly cancelReason: string | null;
  readonly options: string | null;
  /** JSON text of the graph. */
  readonly graph: string;
}

export interface StepStatusRow {
  readonly workflowId: string;
  readonly taskId: string;
  readonly step: string;
  readonly status: TaskStatus;
}

export interface WorkflowChangeRow extends Key {
  readonly status: WorkflowStatus;
  readonly output: string | null;
  readonly error: string | null;
  readonly failedStep: string | null;
  readonly cancelRequested: boolean;
  readonly cancelReason: string | null;
  readonly finishedAt: number | null;
}

/** Statements of one advancing transaction; those issued without awaiting each other are sent in one go. */
export interface AdvanceTransaction {
  movePosition(advance: Advance): Promise<void>;
  settle(settlements: readonly Settlement[]): Promise<readonly SettledTask[]>;
  lockTasks(keys: readonly Key[]): Promise<readonly LockedTask[]>;
  loadRuns(keys: readonly Key[]): Promise<readonly StoredRun[]>;
  loadStepStatuses(workflows: readonly Key[]): Promise<readonly StepStatusRow[]>;
  /** JSON texts by task id, at most `maxResultBytes` per workflow; a task without a result is missing. */
  loadResults(tasks: readonly Key[]): Promise<ReadonlyMap<string, string | typeof tooLarge>>;
  /** Gives how many were new. */
  insertSteps(tasks: readonly NewTask[]): Promise<number>;
  /** Gives the tasks that were live and had no such request yet. */
  requestStepCancels(
    tasks: readonly (Key & { readonly reason: string | null })[],
  ): Promise<readonly (Key & { readonly generation: number })[]>;
  /** Gives how many were still running. */
  updateWorkflows(changes: readonly WorkflowChangeRow[]): Promise<number>;
  applyTaskChanges(changes: readonly TaskChangeRow[]): Promise<number>;
  /** The last statement; makes COMMIT wait for the disk. */
  append(batchId: string, events: readonly EventRecord[]): Promise<StreamEntry>;
}

export interface AdvanceStore {
  /**
   * COMMIT waits for the disk when something was appended; what is lost otherwise is delivered again. `emits` is a
   * guess whether something will be: a right one saves a statement, a wrong one costs nothing but that or the wait.
   */
  transaction<T>(work: (tx: AdvanceTransaction) => Promise<T>, emits: boolean): Promise<T>;
  /** As in `CreationStore`. */
  recall(batchId: string): Promise<StreamEntry | undefined>;
  /** The stored position of a stream. */
  readPosition(source: string, stream: number, identity: string): Promise<number>;
}
