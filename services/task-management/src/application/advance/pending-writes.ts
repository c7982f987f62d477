import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { NewStepRow, NewTask } from '../records/task-record.ts';
import type { NewWait, NewWorkflow } from '../records/workflow-record.ts';
import type {
  CancelPage,
  EndedItems,
  EventDelivery,
  FanOutRow,
  GenerationKey,
  Key,
  KeptInputRow,
  KeptSignal,
  StepEndRow,
  WaitKey,
} from '../ports/advance-store.ts';
import type { KeyClaim } from '../ports/creation-store.ts';
import type { ItemsRow, WorkflowInstance } from './workflow-instance.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** An item that waited for its turn and starts now. */
export interface StartedItem extends Key {
  readonly instance: WorkflowInstance;
  readonly step: number;
  readonly item: number;
  readonly causationId: string | undefined;
}

/** Rows by table, each of which gets one statement whatever the number of tasks and workflows. */
export type PendingWrites = ReturnType<typeof noWrites>;

export function noWrites() {
  return {
    tasks: [] as NewTask[],
    /** By id: a row that begins and ends in one transaction is written once. Without a generation it is new. */
    rows: new Map<string, { readonly row: Mutable<NewStepRow>; readonly generation: number | undefined }>(),
    /** Rows of items of fan-outs that have run before, by id. */
    itemsAgain: new Map<string, Mutable<NewStepRow>>(),
    ends: [] as StepEndRow[],
    resets: [] as GenerationKey[],
    items: [] as StartedItem[],
    closedItems: [] as Key[],
    resolvedCompensations: [] as (GenerationKey & { readonly reason: string })[],
    /** Fan-outs whose items stand otherwise than their rows say. */
    fanOuts: new Map<ItemsRow, WaitKey>(),
    endedFanOuts: [] as FanOutRow[],
    /** By workflow and step. */
    timers: new Map<string, NewWait>(),
    endedTimers: [] as WaitKey[],
    signals: [] as KeptSignal[],
    children: [] as NewWorkflow[],
    /** Children by the root that they stand below. */
    descendants: new Map<string, Key & { more: number }>(),
    deliveries: [] as EventDelivery[],
    movedDeliveries: [] as (Key & { readonly above: number; readonly next: number })[],
    endedDeliveries: [] as Key[],
    inputs: [] as KeptInputRow[],
    /** Of stuck workflows, by workflow and step. */
    endedItems: new Map<string, Mutable<EndedItems>>(),
    claims: new Map<string, KeyClaim>(),
    /** Workflows whose live tasks are asked to end. */
    cancels: new Map<string, CancelPage>(),
  };
}

/** An item ended of a workflow that is stuck: what follows from how many have ended is decided when it goes on. */
export function countItem(
  { endedItems }: PendingWrites,
  key: WaitKey,
  { status, unknown }: { readonly status: TaskStatus; readonly unknown: boolean },
): void {
  const name = `${key.workflowId}/${key.step}`;
  const ended = endedItems.get(name) ?? { ...key, completed: 0, failed: 0, unknown: 0 };
  const failed = status !== 'completed' && status !== 'skipped';
  ended[failed ? 'failed' : 'completed'] += 1;
  if (failed && unknown) ended.unknown += 1;
  endedItems.set(name, ended);
}

export function addChild({ children, descendants }: PendingWrites, workflow: NewWorkflow, root: string): void {
  const { tenantId } = workflow;
  children.push(workflow);
  const counted = descendants.get(root) ?? { tenantId, id: root, more: 0 };
  counted.more += 1;
  descendants.set(root, counted);
}
