import type { TaskUpdate } from '../../domain/task/task-update.ts';
import type { AdvanceTransaction, Key, LockedTask, SettledTask, TakenWait } from '../ports/advance-store.ts';
import type { TakenKey } from '../ports/creation-store.ts';
import type { AdvanceCommand, ApplyExecutionEvents, CommandTask } from './advance-command.ts';
import { claimText } from './claims.ts';
import { isOfRows } from './deferred-rows.ts';
import { type MetEvents, takePages } from './event-pages.ts';
import { mergeEvents } from './merge-events.ts';
import type { TransactionParts } from './transaction-parts.ts';

/** The tasks, waits and keys that the first statements of a transaction found. */
export interface Arrivals {
  readonly settled: readonly SettledTask[];
  /** Tasks whose ending could not be written. */
  readonly unwritten: readonly SettledTask[];
  readonly locked: readonly LockedTask[];
  readonly due: readonly TakenWait[];
  readonly events: MetEvents;
  readonly usedKeys: ReadonlyMap<string, TakenKey>;
}

/** Moves positions, settles tasks, and takes and locks what the commands are about: statements that need no answer. */
export async function takeArrivals(
  { tx, record, budget }: Pick<TransactionParts, 'tx' | 'record' | 'budget'>,
  batch: readonly AdvanceCommand[],
): Promise<Arrivals> {
  const applied = batch.filter((command) => command.kind === 'apply-execution-events');
  for (const { events } of applied) mergeEvents(events, record.updates);
  const updates = [...record.updates.values()];
  const [settled, unwritten, locked, due, events, usedKeys] = await Promise.all([
    updates.length === 0 ? [] : tx.settle(updates),
    parkTasks(tx, applied),
    lock(tx, batch),
    takeDue(tx, batch, budget.maxDue),
    takePages(tx, batch, budget.bounds),
    readKeys(tx, batch),
    markUnknown(tx, updates),
    ...applied.flatMap(({ move }) => (move === undefined ? [] : tx.movePosition(move))),
  ]);
  return { settled, unwritten, locked, due, events, usedKeys };
}

function parkTasks(tx: AdvanceTransaction, applied: readonly ApplyExecutionEvents[]) {
  const unwritable = applied.flatMap((command) => command.unwritable ?? []);
  const rows = unwritable.map(({ event: { tenantId, taskId: id, generation }, fault: error }) => ({
    tenantId,
    id,
    generation,
    error,
  }));
  return rows.length === 0 ? [] : tx.parkTasks(rows);
}

function lock(tx: AdvanceTransaction, batch: readonly AdvanceCommand[]) {
  const commands = batch.filter((command): command is CommandTask => command.kind === 'command-task');
  const keys = new Map(commands.map(({ tenantId, taskId }) => [`${tenantId}/${taskId}`, { tenantId, id: taskId }]));
  return keys.size === 0 ? [] : tx.lockTasks([...keys.values()]);
}

/** Those beyond `most` are still due in the next transaction. */
function takeDue(tx: AdvanceTransaction, batch: readonly AdvanceCommand[], limit: number) {
  const due = batch.flatMap((command) => (command.kind === 'fire-waits' ? command.waits : []));
  return due.length === 0 ? [] : tx.takeDueWaits(due.slice(0, limit));
}

async function readKeys(tx: AdvanceTransaction, batch: readonly AdvanceCommand[]): Promise<Map<string, TakenKey>> {
  const claims = batch.flatMap((command) => (command.kind === 'signal-workflow' ? (command.claim ?? []) : []));
  const keys = claims.length === 0 ? [] : await tx.readKeys(claims);
  return new Map(keys.map((key) => [claimText(key), key]));
}

function markUnknown(tx: AdvanceTransaction, updates: readonly TaskUpdate[]) {
  const unknown = updates.filter(({ outcomeUnknown }) => outcomeUnknown);
  const keys = unknown.map(({ tenantId, taskId: id, generation }) => ({ tenantId, id, generation }));
  return keys.length === 0 ? undefined : tx.markOutcomesUnknown(keys);
}

/** The workflows that tasks, timers, events and commands are about. */
export function concerned(batch: readonly AdvanceCommand[], { settled, unwritten, due, events }: Arrivals): Key[] {
  const keys = new Map<string, Key>();
  const add = (tenantId: string, id: string | null) => {
    if (id !== null) keys.set(`${tenantId}/${id}`, { tenantId, id });
  };
  for (const { tenantId, workflowId } of settled) add(tenantId, workflowId);
  for (const { tenantId, workflowId } of unwritten) add(tenantId, workflowId);
  for (const wait of due) if (!isOfRows(wait)) add(wait.tenantId, wait.workflowId);
  for (const { tenantId, workflowId } of events.matched) add(tenantId, workflowId);
  for (const command of batch) if ('workflowId' in command) add(command.tenantId, command.workflowId);
  return [...keys.values()];
}

/** Says why endings could not be written, by task, as JSON text. */
export function faultsOf(batch: readonly AdvanceCommand[]): Map<string, string> {
  const faults = new Map<string, string>();
  for (const command of batch) {
    if (command.kind === 'apply-execution-events' && command.unwritable) {
      faults.set(command.unwritable.event.taskId, command.unwritable.fault);
    }
  }
  return faults;
}
