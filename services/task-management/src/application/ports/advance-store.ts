import type { PositionMove } from '@taskflow/kit-messaging-postgres';
import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import type { TaskUpdate } from '../../domain/task/task-update.ts';
import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { tooLarge } from '../../domain/workflow/step-reading.ts';
import type { FanOut } from '../../domain/workflow/workflow-state.ts';
import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { NewStepRow, NewTask, TaskRecord } from '../records/task-record.ts';
import type { NewWait, NewWorkflow, StoredWaitKind, WorkflowRecord } from '../records/workflow-record.ts';
import type { IdempotencyKey, KeyClaim, TakenKey } from './creation-store.ts';

export { tooLarge } from '../../domain/workflow/step-reading.ts';
export { maxKeptSignals } from '../../domain/workflow/waits.ts';

/** Names a task or a workflow. */
export interface Key {
  readonly tenantId: string;
  readonly id: string;
}

/** Names one run of a task or step's row. */
export interface GenerationKey extends Key {
  readonly generation: number;
}

/** A task that ended in this transaction and from which something follows. */
export interface SettledTask extends GenerationKey {
  readonly status: TaskStatus;
  readonly type: string;
  readonly queue: string;
  readonly cancelReason: string | null;
  readonly workflowId: string | null;
  /** Address of the row, as `stepAddress` gives it. */
  readonly step: string | null;
}

/** Names a wait by its step. */
export interface WaitKey {
  readonly tenantId: string;
  readonly workflowId: string;
  /** Key of the step. */
  readonly step: string;
}

/** A wait whose time has come. */
export type DueWait = WaitKey;

export interface TakenWait extends WaitKey {
  readonly kind: StoredWaitKind;
  readonly name: string | null;
  readonly key: string | null;
}

export interface EventName {
  readonly tenantId: string;
  readonly name: string;
  readonly key: string;
}

/** A page of the waits for an event; of one that has just come, `above` and `upTo` are null. */
export interface EventPage extends EventName {
  readonly above: number | null;
  readonly upTo: number | null;
  readonly maxWaits: number;
}

/** Waits are numbered in the order of their beginnings. */
export interface EventMeasure {
  /** An earlier event of the name and key has those up to this one. */
  readonly above: number;
  /** The last one that has begun. */
  readonly upTo: number;
  readonly waiting: number;
}

/** An event that has not met all of its waits. */
export interface EventDelivery extends Key {
  readonly name: string;
  readonly key: string;
  /** JSON text. */
  readonly payload: string;
  readonly above: number;
  readonly upTo: number;
}

export interface MatchedWait extends WaitKey {
  readonly number: number;
  /** Place of the event among those asked for, from 0. */
  readonly event: number;
}

export interface LiveWait {
  readonly workflowId: string;
  readonly step: string;
  readonly kind: StoredWaitKind;
  readonly key: string | null;
}

export interface LockedTask extends TaskRecord {
  readonly cancelReason: string | null;
}

export interface TaskChangeRow extends GenerationKey {
  readonly priority: number;
  readonly cancelRequested: boolean;
  readonly cancelReason: string | null;
  /** It is cancelled by this. */
  readonly finishedAt: number | null;
}

export interface StoredRun extends WorkflowRecord {
  readonly options: string | null;
}

export interface GraphKey {
  readonly tenantId: string;
  readonly hash: string;
}

/** The status of one row of a step. Items have none of these. */
export interface StepStatusRow {
  readonly workflowId: string;
  readonly taskId: string;
  /** Address of the row, as `stepAddress` gives it. */
  readonly step: string;
  readonly generation: number;
  readonly status: TaskStatus;
  readonly outcomeUnknown: boolean;
  /** How the items stand of a fan-out that is under way, of its own row. */
  readonly fanOut: StoredFanOut | null;
}

export interface StoredFanOut extends Readonly<FanOut> {
  /** Goes up with each change. */
  readonly revision: number;
}

/** A fan-out as it is to be written. */
export interface FanOutRow extends StoredFanOut {
  readonly tenantId: string;
  readonly workflowId: string;
  /** Key of the step. */
  readonly step: string;
}

/** Items of a step that ended while nothing is decided about their workflow. */
export interface EndedItems extends WaitKey {
  /** Those that were skipped among them. */
  readonly completed: number;
  readonly failed: number;
  /** Those of the failed ones whose outcome is unknown. */
  readonly unknown: number;
}

export interface WorkflowChangeRow extends Key {
  /** The status that it has; another one means that the caller's state was outdated. */
  readonly previous: WorkflowStatus;
  readonly status: WorkflowStatus;
  readonly output: string | null;
  readonly error: string | null;
  readonly failedStep: string | null;
  readonly cancelRequested: boolean;
  readonly cancelReason: string | null;
  readonly pauseReason: string | null;
  readonly finishedAt: number | null;
  readonly version: number | null;
  readonly hash: string;
  readonly steps: number;
}

/** The end of a step's row that no worker was asked for. */
export interface StepEndRow extends GenerationKey {
  readonly status: TaskStatus;
  /** JSON text; null: the results that were gathered, or none. */
  readonly result: string | null;
  readonly error: string | null;
  readonly finishedAt: number;
  readonly outcomeUnknown: boolean;
}

/** Items of one fan-out, in their order, whose results become that of the step's row. */
export interface ItemsToCollect extends Key {
  readonly items: readonly string[];
}

/** Live tasks of a workflow that are asked to end. */
export interface CancelPage extends Key {
  readonly reason: string | null;
  /** The last task that the page before looked at. */
  readonly after: string | null;
}

export interface CancelledPage {
  readonly tasks: readonly (GenerationKey & { readonly workflowId: string })[];
  /** Workflows that have more, with the last task that was looked at. */
  readonly rest: readonly (Key & { readonly after: string })[];
}

export interface CollectLimits {
  /** Most bytes of one result. */
  readonly each: number;
  readonly together: number;
}

/** `later`: others before it filled the transaction. */
export type Collecting = 'gathered' | 'too-large' | 'later';

export interface KeptSignal {
  readonly tenantId: string;
  readonly workflowId: string;
  readonly name: string;
  /** JSON text. */
  readonly payload: string;
  readonly receivedAt: number;
}

/** A row keeps what came for a workflow that is stuck; `input` is JSON text. */
export interface KeptInputRow {
  readonly tenantId: string;
  readonly workflowId: string;
  readonly kind: string;
  readonly input: string;
}

export interface SignalsToTake {
  readonly tenantId: string;
  readonly workflowId: string;
  readonly name: string;
  readonly many: number;
}

export interface DefinitionKey {
  readonly tenantId: string;
  readonly name: string;
  /** The latest one where it is null. */
  readonly version: number | null;
}

export interface LoadedDefinition {
  readonly version: number;
  readonly hash: string;
  /** How many there are. */
  readonly steps: number;
}

/** The row of a step that waits for a child. */
export interface OpenChildRow {
  readonly tenantId: string;
  readonly workflowId: string;
  readonly step: string;
  readonly generation: number;
}

/** Rows of a workflow that was given up. */
export interface DiscardPage extends Key {
  /** The last one that the page before looked at. */
  readonly after: string | null;
}

/** The parts that are removed of a workflow that was given up, besides the rows of its steps. */
export type DiscardedPart = 'inputs' | 'waits' | 'fan-outs';

export interface ClosedPage {
  readonly children: readonly OpenChildRow[];
  /** Workflows that have more, with how far the page got. */
  readonly rest: readonly DiscardPage[];
}

/** Statements of one advancing transaction; those issued without awaiting each other are sent in one go. */
export interface AdvanceTransaction {
  movePosition(move: PositionMove): Promise<void>;
  settle(updates: readonly TaskUpdate[]): Promise<readonly SettledTask[]>;
  /** Of steps that ended in this transaction. */
  markOutcomesUnknown(tasks: readonly GenerationKey[]): Promise<void>;
  lockTasks(keys: readonly Key[]): Promise<readonly LockedTask[]>;
  /** Removes those that are due, and gives them in the order of their times. */
  takeDueWaits(waits: readonly WaitKey[]): Promise<readonly TakenWait[]>;
  /** In the order of the events. */
  measureEventWaits(events: readonly EventName[]): Promise<readonly EventMeasure[]>;
  /** Removes what waits for these events, page by page. No two of them have the same waits. */
  takeEventWaits(pages: readonly EventPage[]): Promise<readonly MatchedWait[]>;
  readKeys(keys: readonly IdempotencyKey[]): Promise<readonly TakenKey[]>;

  /** `mostWeight`: steps, and hundreds of bytes of inputs, of all of them together; any unless told. */
  loadRuns(keys: readonly Key[], maxWeight?: number): Promise<readonly StoredRun[] | typeof tooLarge>;
  /** JSON texts by hash. */
  loadGraphs(keys: readonly GraphKey[]): Promise<ReadonlyMap<string, string>>;
  loadStepStatuses(workflows: readonly Key[]): Promise<readonly StepStatusRow[]>;
  /** Rows of steps that have ended, without those of their items. */
  loadRowsToReset(
    workflows: readonly Key[],
  ): Promise<readonly { readonly workflowId: string; readonly step: string; readonly generation: number }[]>;
  /** In the order of their beginnings. */
  loadWaits(workflows: readonly Key[]): Promise<readonly LiveWait[]>;
  loadSignals(
    workflows: readonly Key[],
  ): Promise<readonly { readonly workflowId: string; readonly name: string; readonly kept: number }[]>;
  /** JSON texts by task id, up to so many bytes in the order of the tasks; a task without a result is missing. */
  loadResults(tasks: readonly Key[], maxBytes: number): Promise<ReadonlyMap<string, string | typeof tooLarge>>;
  /** JSON texts by task id. */
  loadErrors(tasks: readonly Key[]): Promise<ReadonlyMap<string, string>>;
  /** In the order of the keys; `undefined` where there is none. */
  loadDefinitions(keys: readonly DefinitionKey[]): Promise<readonly (LoadedDefinition | undefined)[]>;
  /** How many workflows stand below these, by their ids. */
  readDescendants(roots: readonly Key[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Puts results together in the order of the steps, up to `together` bytes but at least one. Gives what came of each by
   * the id of its row.
   */
  collectItems(steps: readonly ItemsToCollect[], limits: CollectLimits): Promise<ReadonlyMap<string, Collecting>>;
  /** The oldest ones, in the order in which they came. */
  takeSignals(
    signals: readonly SignalsToTake[],
  ): Promise<readonly { readonly workflowId: string; readonly name: string; readonly payload: string }[]>;

  /** Those that give a number give how many rows there were to change. */
  insertSteps(tasks: readonly NewTask[]): Promise<number>;
  insertStepRows(rows: readonly NewStepRow[]): Promise<number>;
  resetSteps(rows: readonly GenerationKey[]): Promise<number>;
  restartSteps(rows: readonly (NewStepRow & { readonly generation: number })[]): Promise<number>;
  endSteps(rows: readonly StepEndRow[]): Promise<number>;
  /** Rows of items of fan-outs that have run before. Gives their generations by task id; those at work are missing. */
  layItemsAgain(rows: readonly NewStepRow[]): Promise<ReadonlyMap<string, number>>;
  /** What there is to announce of the items by task id. */
  startItems(
    items: readonly Key[],
  ): Promise<ReadonlyMap<string, { readonly generation: number; readonly payload: string }>>;
  settleCompensations(rows: readonly (GenerationKey & { readonly reason: string })[]): Promise<number>;
  insertFanOuts(rows: readonly FanOutRow[]): Promise<number>;
  /** Those of another revision are not touched. */
  updateFanOuts(rows: readonly FanOutRow[]): Promise<number>;
  deleteFanOuts(rows: readonly FanOutRow[]): Promise<number>;
  countEndedItems(ended: readonly EndedItems[]): Promise<void>;
  insertWaits(waits: readonly NewWait[]): Promise<number>;
  deleteWaits(waits: readonly WaitKey[]): Promise<number>;
  insertEventDeliveries(deliveries: readonly EventDelivery[]): Promise<void>;
  moveEventDeliveries(
    moves: readonly (Pick<EventDelivery, 'tenantId' | 'id' | 'above'> & { readonly next: number })[],
  ): Promise<number>;
  endEventDeliveries(deliveries: readonly Key[]): Promise<number>;
  keepSignals(signals: readonly KeptSignal[]): Promise<void>;
  insertChildren(workflows: readonly NewWorkflow[]): Promise<number>;
  countDescendants(roots: readonly (Key & { readonly more: number })[]): Promise<number>;
  /** Gives the tasks that were live and had no such request yet. */
  requestCancels(workflows: readonly CancelPage[], maxTasks: number): Promise<CancelledPage>;
  /** Those that have rows and are not at work. */
  closeItems(items: readonly Key[], at: number): Promise<void>;
  updateWorkflows(changes: readonly WorkflowChangeRow[]): Promise<number>;
  applyTaskChanges(changes: readonly TaskChangeRow[]): Promise<number>;
  claimKeys(claims: readonly KeyClaim[]): Promise<readonly IdempotencyKey[]>;

  /** Errors are JSON texts. One that is over is not parked. */
  parkWorkflows(workflows: readonly (Key & { readonly error: string })[]): Promise<number>;
  /**
   * Parks tasks whose ending could not be written. That of a step has failed, with an unknown outcome: its workflow is
   * parked. Gives those that were live.
   */
  parkTasks(tasks: readonly (GenerationKey & { readonly error: string })[]): Promise<readonly SettledTask[]>;
  keepInputs(inputs: readonly KeptInputRow[]): Promise<void>;
  /** Removes and gives them in the order in which they came. */
  takeInputs(workflows: readonly Key[]): Promise<readonly KeptInputRow[]>;
  countKeptSignals(workflows: readonly Key[]): Promise<ReadonlyMap<string, number>>;
  /** Gives up workflows that are stuck: they are cancelled. */
  discardWorkflows(workflows: readonly (Key & { readonly reason: string | null })[]): Promise<number>;
  /** Ends the rows of steps that no worker was asked for, and gives those that wait for a child. */
  closeSteps(pages: readonly (DiscardPage & { readonly maxChildren: number })[], maxRows: number): Promise<ClosedPage>;
  /** Gives the workflows that have more, with how far the page got. */
  discardRows(part: DiscardedPart, pages: readonly DiscardPage[], maxRows: number): Promise<readonly DiscardPage[]>;
  /** The last statement; makes COMMIT wait for the disk. */
  append(batchId: string, events: readonly EventRecord[]): Promise<readonly StreamEntry[]>;
  /** In place of `append` where nothing is emitted and the transaction must be found again; makes COMMIT wait for the disk. */
  mark(batchId: string): Promise<void>;
}

export interface AdvanceStore {
  /**
   * COMMIT waits for the disk when something was appended; what is lost otherwise is delivered again. `emits` is a
   * guess whether something will be: a right one saves a statement, a wrong one costs nothing but that or the wait.
   */
  transaction<T>(work: (tx: AdvanceTransaction) => Promise<T>, emits: boolean): Promise<T>;
  /** As in `CreationStore`. */
  recall(batchId: string): Promise<readonly StreamEntry[] | undefined>;
  /** Whether the last marked transaction is this one. */
  isMarked(batchId: string): Promise<boolean>;
  /** The stored position of a stream. */
  readPosition(source: string, stream: number, logIdentity: string): Promise<number>;
}
