import type { StreamEntry } from '@taskflow/kit-messaging';
import type { TaskUpdate } from '../../domain/task/task-update.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { TransactionBounds } from '../bounds.ts';
import type { CompiledGraphs } from '../graphs/compiled-graphs.ts';
import type { Emission } from '../events/emission.ts';
import type { AdvanceTransaction, SettledTask, TakenWait } from '../ports/advance-store.ts';
import { taskCancelled } from '../events/task-events.ts';
import { type AdvanceCommand, type CancelWorkflow, granted, type RetryWorkflow } from './advance-command.ts';
import { type Arrivals, concerned, faultsOf, takeArrivals } from './arrivals.ts';
import { commandTasks, type CommandedTasks } from './command-tasks.ts';
import { goOnWithRows, isOfRows } from './deferred-rows.ts';
import { Discards } from './discard-workflows.ts';
import { meetEvent } from './event-pages.ts';
import type { InstanceCache } from './instance-cache.ts';
import { Instances } from './instances.ts';
import { isDivisible } from './isolate-fault.ts';
import { isDeferred, Mailbox } from './mailbox.ts';
import { isAnswered } from './needs.ts';
import { refusePoisoned } from './on-behalf.ts';
import { OutdatedStateError } from './outdated-state.ts';
import { NeedResolver } from './resolve-needs.ts';
import { sendHeaders, sendRows } from './send-writes.ts';
import { StepResults } from './step-results.ts';
import { StuckWorkflows } from './stuck-workflows.ts';
import { TransactionBudget } from './transaction-budget.ts';
import type { TransactionParts } from './transaction-parts.ts';
import type { TransactionRecord } from './transaction-record.ts';
import { Transitions } from './transitions.ts';
import { WorkflowCommands } from './workflow-commands.ts';
import { stepOf } from './workflow-instance.ts';
import { WriteSet } from './write-set.ts';

export interface TransactionContext {
  readonly emission: Emission;
  readonly batchId: string;
  readonly cache: InstanceCache;
  readonly graphs: CompiledGraphs;
  readonly bounds: TransactionBounds;
  /** Most workflows below one root. */
  readonly maxDescendants: number;
  /** Workflows that this transaction parks, with the error as JSON text: what comes for them is kept. */
  readonly parking: ReadonlyMap<string, string>;
}

/**
 * Carries out one transaction of the advance writer: what earlier ones deferred, then execution events, then commands,
 * for any number of tasks and workflows: load → transition → answer needs → write set → write. What came in one batch
 * arrived while another transaction was running, so any order between execution events and commands is one that could
 * have happened. Retries come last: they start from rows, so what was decided before them is written before them. So do
 * the commands to what is stuck, and the pages of what was given up.
 *
 * What is thrown on behalf of one workflow ends it with `PoisonedTransactionError`; whoever takes the batch again says in
 * `parking` which workflows it is to park.
 */
export async function advance(
  tx: AdvanceTransaction,
  batch: readonly AdvanceCommand[],
  record: TransactionRecord,
  context: TransactionContext,
): Promise<readonly StreamEntry[] | undefined> {
  const parts = assemble(tx, batch, record, context);
  const arrivals = await takeArrivals(parts, batch);
  await loadWorkflows(parts, batch, arrivals);
  const commands = new WorkflowCommands(parts, arrivals.usedKeys, await countKeptSignals(parts, batch));
  const tasks = commandTasks(arrivals.locked, context.emission);
  deliverDeferred(parts, arrivals);
  deliverSettled(parts, batch, arrivals);
  decideCommands(parts, batch, arrivals, commands, tasks);
  await parts.resolver.run();
  await decideLate(parts, batch, arrivals, commands);
  return write(parts, context.batchId, tasks);
}

interface Parts extends TransactionParts {
  readonly discards: Discards;
  readonly stuck: StuckWorkflows;
  readonly resolver: NeedResolver;
}

function assemble(
  tx: AdvanceTransaction,
  batch: readonly AdvanceCommand[],
  record: TransactionRecord,
  { emission, cache, graphs, bounds, maxDescendants, parking }: TransactionContext,
): Parts {
  const onlyLeft = batch.every(({ kind }) => kind === 'fire-waits');
  const budget = new TransactionBudget(bounds, { onlyLeft });
  const writes = new WriteSet(emission);
  const results = new StepResults(tx, record.updates, bounds.readBytes);
  const instances = new Instances({ tx, record, cache, graphs }, parking);
  const transitions = new Transitions({ record, writes, results, budget });
  const mailbox = new Mailbox(instances, transitions, writes);
  const parts = { tx, record, budget, writes, results, instances, transitions, mailbox, graphs, maxDescendants };
  const discards = new Discards(parts);
  const stuck = new StuckWorkflows({ ...parts, discards });
  return { ...parts, discards, stuck, resolver: new NeedResolver({ ...parts, discards }) };
}

/** A step whose ending could not be written parks its workflow; a task of its own is parked itself. */
async function loadWorkflows(
  { instances, record, budget }: Parts,
  batch: readonly AdvanceCommand[],
  arrivals: Arrivals,
): Promise<void> {
  instances.ignore(new Set(arrivals.settled.map(({ id }) => id)));
  const faults = faultsOf(batch);
  for (const { id, workflowId } of arrivals.unwritten) {
    const fault = faults.get(id) ?? '';
    if (workflowId === null) record.parkedTasks.push({ id, fault });
    else instances.parking.set(workflowId, fault);
  }
  for (const { kind, workflowId } of arrivals.due) if (kind === 'discard') instances.discarding.add(workflowId);
  await instances.obtain(concerned(batch, arrivals), isDivisible(batch) ? budget.bounds.readWeight : undefined);
}

/** Of stuck workflows that signals have come for. */
async function countKeptSignals({ tx, instances }: Parts, batch: readonly AdvanceCommand[]) {
  const keys = batch.flatMap((command) => {
    if (command.kind !== 'signal-workflow') return [];
    return instances.parkedAt({ tenantId: command.tenantId, id: command.workflowId }) ?? [];
  });
  return keys.length === 0 ? new Map<string, number>() : tx.countKeptSignals(keys);
}

function deliverDeferred(parts: Parts, { due }: Arrivals): void {
  for (const timer of due) {
    if (isOfRows(timer)) goOnWithRows(parts, timer);
    else if (isDeferred(timer.kind)) deliverTimer(parts, timer);
  }
}

function deliverTimer({ mailbox }: Parts, { tenantId, workflowId: id, step, kind: wait, key, name }: TakenWait): void {
  mailbox.deliver({ tenantId, id }, { kind: 'wait', step, wait, key, name });
}

/** What follows from the tasks that ended, in the order in which their events arrived. */
function deliverSettled(parts: Parts, batch: readonly AdvanceCommand[], { settled, unwritten }: Arrivals): void {
  const rows = new Map(settled.map((row) => [row.id, row]));
  for (const update of rows.size === 0 ? [] : parts.record.updates.values()) {
    const row = rows.get(update.taskId);
    if (row?.generation === update.generation) deliverRow(parts, row, update);
  }
  const faults = unwritten.length === 0 ? undefined : faultsOf(batch);
  for (const row of unwritten) {
    const error = faults?.get(row.id) ?? null;
    if (row.workflowId !== null) deliverRow(parts, row, { error, outcomeUnknown: true, causationId: undefined });
  }
}

type RowEnding = Pick<TaskUpdate, 'causationId' | 'error' | 'outcomeUnknown'>;

function deliverRow(
  { instances, mailbox, writes }: Parts,
  row: SettledTask,
  { causationId, error, outcomeUnknown: unknown }: RowEnding,
): void {
  const { tenantId, id: taskId, workflowId, step: address, generation, status } = row;
  const workflow = { tenantId, id: workflowId ?? '' };
  if (status === 'cancelled') {
    const subject = workflowId === null ? undefined : (instances.parkedAt(workflow) ?? instances.at(workflow));
    const step = subject && address !== null ? stepOf(subject, address) : undefined;
    writes.events.push(taskCancelled(writes.emission, row, step, causationId));
  }
  if (workflowId === null || address === null) return;
  mailbox.deliver(workflow, { kind: 'row', taskId, address, generation, status, error, unknown, causationId });
}

function decideCommands(
  parts: Parts,
  batch: readonly AdvanceCommand[],
  arrivals: Arrivals,
  commands: WorkflowCommands,
  tasks: CommandedTasks,
): void {
  const { outcomes } = parts.record;
  for (const timer of arrivals.due) if (!isOfRows(timer) && !isDeferred(timer.kind)) deliverTimer(parts, timer);
  for (const [i, command] of batch.entries()) {
    switch (command.kind) {
      case 'apply-execution-events':
      case 'fire-waits':
        outcomes[i] = granted;
        break;
      case 'command-task':
        outcomes[i] = tasks.decide(command);
        break;
      case 'publish-event':
      case 'deliver-event':
        outcomes[i] = { kind: 'matched', matched: meetEvent(parts, command, arrivals.events) };
        break;
      case 'cancel-workflow':
      case 'pause-workflow':
      case 'resume-workflow':
      case 'retry-workflow':
      case 'resolve-compensation':
      case 'signal-workflow':
        if (!isLate(parts, command)) outcomes[i] = commands.decide(command);
    }
  }
}

/** What is decided from rows, after all else is written. */
function isLate({ stuck }: Parts, command: AdvanceCommand): command is RetryWorkflow | CancelWorkflow {
  return command.kind === 'retry-workflow' || stuck.subjectOf(command) !== undefined;
}

async function decideLate(
  parts: Parts,
  batch: readonly AdvanceCommand[],
  { due }: Arrivals,
  commands: WorkflowCommands,
): Promise<void> {
  const { tx, record, writes, budget, transitions, discards, stuck, resolver } = parts;
  const discarding = due.filter(({ kind }) => kind === 'discard');
  const late = [...batch.entries()].filter((entry): entry is [number, RetryWorkflow | CancelWorkflow] =>
    isLate(parts, entry[1]),
  );
  if (late.length === 0 && discarding.length === 0 && discards.isEmpty) return;
  const sent = sendRows(tx, writes, budget.bounds);
  const [announced] = await Promise.all([Promise.all(sent.late), ...sent.writes]);
  writes.events.push(...announced.flat());
  for (const [i, command] of late) {
    const parked = stuck.subjectOf(command);
    record.outcomes[i] = parked ? await stuck.command(parked, command) : commands.decide(command);
  }
  await discards.goThrough(discarding);
  while (!discards.isEmpty || !isAnswered(transitions.needs)) {
    refusePoisoned(record);
    if (!discards.isEmpty) await discards.execute();
    await resolver.run();
  }
  refusePoisoned(record);
}

/** Writes what was decided. Rows and events travel together unless events need what rows say. */
async function write(
  { tx, record, writes, budget }: Parts,
  batchId: string,
  tasks: CommandedTasks,
): Promise<readonly StreamEntry[] | undefined> {
  const { writes: sent, late } = sendRows(tx, writes, budget.bounds);
  sent.push(sendHeaders(tx, writes), parkWorkflows(tx, record), changeTasks(tx, tasks));
  const events = [...writes.events, ...tasks.events];
  if (late.length > 0) {
    const [announced] = await Promise.all([Promise.all(late), ...sent]);
    events.push(...announced.flat());
  }
  record.nextDueInMs = writes.nextDueInMs;
  record.delivers = writes.delivers;
  const isEmitting = events.length > 0;
  record.recoveryKey = isEmitting ? 'entry' : writes.needsReceipt ? 'receipt' : undefined;
  const leaving = isEmitting ? tx.append(batchId, events) : leaveReceipt(tx, batchId, writes);
  const [entries] = await Promise.all([leaving, ...sent]);
  return entries;
}

async function leaveReceipt(tx: AdvanceTransaction, batchId: string, { needsReceipt }: WriteSet): Promise<undefined> {
  if (needsReceipt) await tx.mark(batchId);
}

async function changeTasks(tx: AdvanceTransaction, tasks: CommandedTasks): Promise<void> {
  const changes = tasks.changes();
  if (changes.length > 0 && (await tx.applyTaskChanges(changes)) !== changes.length) {
    throw new OutdatedStateError('a locked task was gone');
  }
}

/** Those that are over have nothing to go on with: what came for them is settled on their tasks, and that is all. */
async function parkWorkflows(tx: AdvanceTransaction, { parked }: TransactionRecord): Promise<void> {
  const rows = [...parked.values()].flatMap(({ tenantId, id, status, fault }) =>
    fault === undefined || isFinalWorkflow(status) ? [] : [{ tenantId, id, error: fault }],
  );
  if (rows.length > 0 && (await tx.parkWorkflows(rows)) !== rows.length) {
    throw new OutdatedStateError('a workflow to be parked had changed before');
  }
}
