import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import type { NewStepRow, NewTask } from '../records/task-record.ts';
import type { NewWait, NewWorkflow, StoredGraph } from '../records/workflow-record.ts';

export interface IdempotencyKey {
  readonly tenantId: string;
  /** Keys of different routes are independent. */
  readonly route: string;
  readonly key: string;
}

export interface KeyClaim extends IdempotencyKey {
  readonly fingerprint: Buffer;
  readonly subjectIds: readonly string[];
  readonly createdAt: number;
}

export interface TakenKey extends IdempotencyKey {
  readonly fingerprint: Buffer;
  readonly subjectIds: readonly string[];
}

/** Statements of one creating transaction; those issued without awaiting each other are sent in one go. */
export interface CreationTransaction {
  /** Takes the keys that are free and gives those. */
  claimKeys(claims: readonly KeyClaim[]): Promise<readonly IdempotencyKey[]>;
  readKeys(keys: readonly IdempotencyKey[]): Promise<readonly TakenKey[]>;
  insertTasks(tasks: readonly NewTask[]): Promise<void>;
  insertStepRows(rows: readonly NewStepRow[]): Promise<void>;
  insertWaits(waits: readonly NewWait[]): Promise<void>;
  insertGraphs(tenantId: readonly string[], graphs: readonly StoredGraph[]): Promise<void>;
  insertWorkflows(workflows: readonly NewWorkflow[]): Promise<void>;
  /** The last statement. */
  append(batchId: string, events: readonly EventRecord[]): Promise<readonly StreamEntry[]>;
}

export interface CreationStore {
  /** Durable when it resolves. */
  transaction<T>(work: (tx: CreationTransaction) => Promise<T>): Promise<T>;
  /** The entry of a batch whose commit was in doubt; `undefined` means that it did not, and will not, take effect. */
  recall(batchId: string): Promise<readonly StreamEntry[] | undefined>;
}
