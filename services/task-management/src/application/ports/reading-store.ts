import type { Key } from './advance-store.ts';
import type { TaskRecord } from '../records/task-record.ts';
import type { WorkflowRecord } from '../records/workflow-record.ts';

export interface TaskFilter {
  readonly status?: string | undefined;
  readonly type?: string | undefined;
  readonly queue?: string | undefined;
  readonly workflow?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface WorkflowFilter {
  readonly status?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: number | undefined;
  /** Epoch milliseconds. */
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
}

export type ListedWorkflow = Omit<
  WorkflowRecord,
  'input' | 'output' | 'error' | 'failedStep' | 'stuckFrom' | 'stuckError'
>;

export type RestartFilter = WorkflowFilter & { readonly status: string };

export interface Page<T> {
  readonly items: readonly T[];
  /** The next page holds ids below this one; `undefined` when nothing is left. */
  readonly below: string | undefined;
}

/** A row of a step as a workflow shows it. */
export interface StepRecord {
  readonly workflowId: string;
  readonly taskId: string;
  /** A step address. */
  readonly step: string;
  readonly generation: number;
  readonly status: TaskRecord['status'];
  readonly attempts: number;
  readonly result: string | null;
  /** There is one, too large to be shown with all the others; it is read at its task. */
  readonly resultOmitted: boolean;
  readonly error: string | null;
  readonly progress: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly outcomeUnknown: boolean;
  /** Of a compensation that was settled by hand: why. */
  readonly cancelReason: string | null;
  /** How many items a fan-out has, some of which may have no row yet. */
  readonly fannedOut: number | null;
}

/** Says how the items of a step stand; the rest of `total` is at work. */
export interface ItemsRecord {
  readonly workflowId: string;
  readonly step: string;
  readonly total: number;
  readonly blocked: number;
  readonly skipped: number;
  readonly completed: number;
  /** Failed and cancelled ones. */
  readonly failed: number;
  /** Those of the failed ones whose outcome is unknown. */
  readonly unknown: number;
}

/** The wait of a step. */
export interface WaitRecord {
  readonly workflowId: string;
  readonly step: string;
  readonly kind: string;
  readonly dueAt: number | null;
  readonly name: string | null;
  readonly key: string | null;
}

export interface DefinitionRecord {
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly steps: number;
  readonly createdAt: number;
}

export type WithGraph<T> = T & {
  /** JSON text. */
  readonly graph: string;
};

export type NewDefinition = WithGraph<DefinitionRecord> & { readonly tenantId: string };

/** The answers for the first so many of the keys; the others were not looked at, because it would be too many bytes. */
export interface ReadSome<T> {
  readonly items: readonly T[];
  readonly covered: number;
}

/** Reads of committed state, outside of any transaction, and the rare write that needs no events. */
export interface ReadingStore {
  /** At least the first one that exists, however large it is. */
  readTasks(keys: readonly Key[]): Promise<ReadSome<TaskRecord>>;
  listTasks(tenantId: string, filter: TaskFilter, below: string | undefined, limit: number): Promise<Page<TaskRecord>>;
  readWorkflows(keys: readonly Key[]): Promise<ReadSome<WorkflowRecord>>;
  /** The started steps of these workflows, with what prepares and undoes them. */
  readSteps(workflows: readonly Key[]): Promise<readonly StepRecord[]>;
  /** The same by the ids of the rows. */
  readStepRows(rows: readonly Key[]): Promise<readonly StepRecord[]>;
  /** None of a workflow with more rows than may be looked at. */
  readItems(workflows: readonly Key[]): Promise<readonly ItemsRecord[]>;
  readWaits(workflows: readonly Key[]): Promise<readonly WaitRecord[]>;
  /** JSON text of a stored graph. */
  readGraph(tenantId: string, hash: string): Promise<string | undefined>;
  listWorkflows(
    tenantId: string,
    filter: WorkflowFilter,
    below: string | undefined,
    limit: number,
  ): Promise<Page<ListedWorkflow>>;
  /** At most 10,000 of each are counted. */
  countStuck(): Promise<{ readonly tasks: number; readonly workflows: number }>;
  /** The same for who wants all that there are, page by page: one looks at more rows, and holds as few. */
  findWorkflows: ReadingStore['listWorkflows'];
  /** The latest version unless one is named. */
  readDefinition(
    tenantId: string,
    name: string,
    version: number | undefined,
  ): Promise<WithGraph<DefinitionRecord> | undefined>;
  readVersions(tenantId: string, name: string): Promise<readonly WithGraph<DefinitionRecord>[]>;
  listDefinitions(tenantId: string): Promise<readonly DefinitionRecord[]>;
  /** The hash that the version has now, and whether this call gave it. */
  register(
    definition: NewDefinition,
  ): Promise<{ readonly hash: string; readonly createdAt: number; readonly registered: boolean }>;
  /** Gives a version that is registered another graph. */
  replace(definition: NewDefinition): Promise<void>;
}
