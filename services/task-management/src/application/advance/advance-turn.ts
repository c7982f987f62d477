import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import type { Settlement } from '../../domain/task/settlement.ts';
import { isFinal } from '../../domain/task/task-status.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import {
  type AdvanceTransaction,
  type Key,
  type LockedTask,
  type SettledTask,
  type TakenWait,
} from '../ports/advance-store.ts';
import type { TakenKey } from '../ports/creation-store.ts';
import {
  type AdvanceCommand,
  type ApplyFacts,
  type CancelWorkflow,
  type CommandTask,
  granted,
  type RetryWorkflow,
} from './advance-command.ts';
import { commandTasks, type CommandedTasks } from './command-tasks.ts';
import { discardParked, discardRows } from './discard-workflows.ts';
import { fireWait, goOn, goOnWithRows, isLeft, isOfRows } from './end-waits.ts';
import { meetEvent, type MetEvents, takePages } from './event-pages.ts';
import { foldFacts } from './fold-facts.ts';
import { isDivisible } from './isolate-fault.ts';
import { onBehalf, refusePoisoned } from './on-behalf.ts';
import { runRounds } from './rounds.ts';
import { keepRow, settleFacts } from './settle-facts.ts';
import { commandParked, stuckSubject } from './stuck-commands.ts';
import { createStepResults } from './step-results.ts';
import { TurnBudget } from './turn-budget.ts';
import { type Desk, isIdle, noWork, obtainRuns, parkedAt, type Turn, type TurnContext } from './turn-desk.ts';
import { OutdatedStateError } from './outdated-state.ts';
import { claimText, TurnWrites } from './turn-writes.ts';
import { decideCommand } from './workflow-commands.ts';

/** What the first statements of a turn found. */
interface Arrived {
  readonly settled: readonly SettledTask[];
  /** Tasks whose ending could not be written. */
  readonly unwritten: readonly SettledTask[];
  readonly locked: readonly LockedTask[];
  readonly due: readonly TakenWait[];
  readonly events: MetEvents;
  readonly keys: ReadonlyMap<string, TakenKey>;
}

/**
 * One transaction of the advance writer: what earlier turns left, then facts, then commands, for any number of tasks and
 * workflows with a number of statements that depends only on how deep the consequences go. Facts and commands of one
 * batch arrived while another turn was running, so any order between them is one that could have happened. Retries come
 * last: they start from rows, so what was decided before them is written before them. So do the commands to what is stuck,
 * and the pages of what was given up.
 *
 * What is thrown on behalf of one workflow ends the turn with `PoisonedTurnError`; whoever takes it again says in `held`
 * which workflows it is to park.
 */
export async function takeTurn(
  tx: AdvanceTransaction,
  batch: readonly AdvanceCommand[],
  turn: Turn,
  context: TurnContext,
): Promise<readonly StreamEntry[] | undefined> {
  const desk = openDesk(tx, batch, turn, context);
  for (const command of batch) if (command.type === 'apply-facts') foldFacts(command.facts, turn.settlements);
  const arrived = await askFirst(desk, batch);
  desk.undecided = new Set(arrived.settled.map(({ id }) => id));
  holdUnwritten(desk, batch, arrived);
  for (const { kind, workflowId } of arrived.due) if (kind === 'discard') desk.discarding.add(workflowId);
  await obtainRuns(desk, concerned(batch, arrived), isDivisible(batch) ? context.bounds.readWeight : undefined);
  await countKeptSignals(desk, batch);

  const commanded = commandTasks(arrived.locked, context.emission);
  for (const wait of arrived.due) {
    if (isOfRows(wait)) goOnWithRows(desk, wait);
    else if (isLeft(wait)) onBehalf(desk, { id: wait.workflowId }, () => goOn(desk, wait));
  }
  settleFacts(desk, arrived.settled);
  keepUnwritten(desk, arrived);
  decideCommands(desk, batch, arrived, commanded);
  await runRounds(desk);
  await decideLate(desk, batch, arrived);
  return write(desk, commanded);
}

function openDesk(tx: AdvanceTransaction, batch: readonly AdvanceCommand[], turn: Turn, context: TurnContext): Desk {
  const onlyLeft = batch.every(({ type }) => type === 'fire-waits');
  return {
    tx,
    context,
    turn,
    writes: new TurnWrites(context.emission, context.bounds),
    results: createStepResults(tx, turn.settlements, context.bounds.readBytes),
    budget: new TurnBudget(context.bounds, { onlyLeft }),
    readAlone: false,
    descendants: new Map(),
    closed: 0,
    gathered: 0,
    held: new Map(context.held),
    discards: new Map(),
    discarding: new Set(),
    keptSignals: new Map(),
    rebuilt: new Set(),
    undecided: new Set(),
    work: noWork(),
  };
}

/** Moves positions, settles tasks, and takes and locks what the commands are about: statements that need no answer. */
async function askFirst({ tx, turn, context, budget }: Desk, batch: readonly AdvanceCommand[]): Promise<Arrived> {
  const applied = batch.filter((command) => command.type === 'apply-facts');
  const moving = applied.flatMap(({ advance }) => (advance === undefined ? [] : tx.movePosition(advance)));
  const unwritable = applied.flatMap(({ unwritable: one }) => one ?? []);
  const settlements = [...turn.settlements.values()];
  const unknown = settlements.filter(({ outcomeUnknown }) => outcomeUnknown).map(keyOf);
  const due = batch.flatMap((command) => (command.type === 'fire-waits' ? command.waits : []));
  // The others are still due in the next turn.
  const waits = due.slice(0, budget.mostDue);
  const claims = batch.flatMap((command) => (command.type === 'signal-workflow' ? (command.claim ?? []) : []));
  const [settled, unwritten, locked, taken, events, keys] = await Promise.all([
    settlements.length === 0 ? [] : tx.settle(settlements),
    unwritable.length === 0 ? [] : tx.parkTasks(unwritable.map(faultOf)),
    lock(
      tx,
      batch.filter((command) => command.type === 'command-task'),
    ),
    waits.length === 0 ? [] : tx.takeDueWaits(waits),
    takePages(tx, batch, context.bounds),
    claims.length === 0 ? [] : tx.readKeys(claims),
    unknown.length === 0 ? undefined : tx.markOutcomesUnknown(unknown),
    ...moving,
  ]);
  return { settled, unwritten, locked, due: taken, events, keys: new Map(keys.map((key) => [claimText(key), key])) };
}

type Unwritable = NonNullable<ApplyFacts['unwritable']>;

function faultOf({ fact: { tenantId, taskId: id, generation }, fault: error }: Unwritable) {
  return { tenantId, id, generation, error };
}

/** A step whose ending could not be written parks its workflow; a task of its own is parked itself. */
function holdUnwritten({ turn, held }: Desk, batch: readonly AdvanceCommand[], { unwritten }: Arrived): void {
  const faults = new Map(
    batch.flatMap((command): [string, string][] =>
      command.type === 'apply-facts' && command.unwritable
        ? [[command.unwritable.fact.taskId, command.unwritable.fault]]
        : [],
    ),
  );
  for (const { id, workflowId } of unwritten) {
    const fault = faults.get(id) ?? '';
    if (workflowId === null) turn.parkedTasks.push({ id, fault });
    else held.set(workflowId, fault);
  }
}

function keepUnwritten(desk: Desk, { unwritten }: Arrived): void {
  for (const row of unwritten) {
    const parked = row.workflowId === null ? undefined : parkedAt(desk, { ...row, id: row.workflowId });
    if (parked === undefined) continue;
    const error = parked.fault ?? desk.held.get(parked.id) ?? null;
    keepRow(desk, parked, row, { error, outcomeUnknown: true, causationId: undefined });
  }
}

/** Of stuck workflows that signals have come for. */
async function countKeptSignals(desk: Desk, batch: readonly AdvanceCommand[]): Promise<void> {
  const keys = batch.flatMap((command) => {
    if (command.type !== 'signal-workflow') return [];
    return parkedAt(desk, { tenantId: command.tenantId, id: command.workflowId }) ?? [];
  });
  if (keys.length === 0) return;
  for (const [id, signals] of await desk.tx.countKeptSignals(keys)) desk.keptSignals.set(id, signals);
}

function keyOf({ tenantId, taskId: id, generation }: Settlement) {
  return { tenantId, id, generation };
}

function lock(tx: AdvanceTransaction, commands: readonly CommandTask[]) {
  const keys = new Map(commands.map(({ tenantId, taskId }) => [`${tenantId}/${taskId}`, { tenantId, id: taskId }]));
  return keys.size === 0 ? [] : tx.lockTasks([...keys.values()]);
}

/** The workflows that facts, waits and commands are about. */
function concerned(batch: readonly AdvanceCommand[], { settled, unwritten, due, events }: Arrived): Key[] {
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

function decideCommands(
  desk: Desk,
  batch: readonly AdvanceCommand[],
  arrived: Arrived,
  commanded: CommandedTasks,
): void {
  const { outcomes } = desk.turn;
  for (const wait of arrived.due)
    if (!isLeft(wait) && !isOfRows(wait)) onBehalf(desk, { id: wait.workflowId }, () => fireWait(desk, wait));
  for (const [i, command] of batch.entries()) {
    switch (command.type) {
      case 'apply-facts':
      case 'fire-waits':
        outcomes[i] = granted;
        break;
      case 'command-task':
        outcomes[i] = commanded.decide(command);
        break;
      case 'publish-event':
      case 'deliver-event':
        outcomes[i] = { type: 'matched', matched: meetEvent(desk, command, arrived.events) };
        break;
      default:
        if (isLate(desk, command)) break;
        onBehalf(desk, { id: command.workflowId }, () => {
          outcomes[i] = decideCommand(desk, command, arrived.keys);
        });
    }
  }
}

/** What is decided from rows, after all else is written. */
function isLate(desk: Desk, command: AdvanceCommand): command is RetryWorkflow | CancelWorkflow {
  return command.type === 'retry-workflow' || stuckSubject(desk, command) !== undefined;
}

async function decideLate(desk: Desk, batch: readonly AdvanceCommand[], { keys, due }: Arrived): Promise<void> {
  const late = [...batch.entries()].filter((entry): entry is [number, RetryWorkflow | CancelWorkflow] =>
    isLate(desk, entry[1]),
  );
  const discarding = due.filter(({ kind }) => kind === 'discard');
  if (late.length === 0 && discarding.length === 0 && desk.discards.size === 0) return;
  const { writes, late: announcing } = desk.writes.sendRows(desk.tx);
  const [announced] = await Promise.all([Promise.all(announcing), ...writes]);
  desk.writes.events.push(...announced.flat());
  for (const [i, command] of late) {
    const parked = stuckSubject(desk, command);
    if (parked) desk.turn.outcomes[i] = await commandParked(desk, parked, command);
    else {
      onBehalf(desk, { id: command.workflowId }, () => {
        desk.turn.outcomes[i] = decideCommand(desk, command, keys);
      });
    }
  }
  await discardRows(desk, discarding);
  while (desk.discards.size > 0 || !isIdle(desk.work)) {
    refusePoisoned(desk);
    if (desk.discards.size > 0) await discardParked(desk);
    await runRounds(desk);
  }
  refusePoisoned(desk);
}

/** Writes what was decided. Rows and events travel together unless events need what rows say. */
async function write(desk: Desk, commanded: CommandedTasks): Promise<readonly StreamEntry[] | undefined> {
  const { tx, turn, writes, context } = desk;
  const changes = commanded.changes();
  const { writes: sent, late } = writes.sendRows(tx);
  sent.push(writes.sendHeaders(tx), park(desk));
  if (changes.length > 0) {
    sent.push(
      tx.applyTaskChanges(changes).then((changed) => {
        if (changed !== changes.length) throw new OutdatedStateError('a locked task was gone');
      }),
    );
  }
  const events = [...writes.events, ...commanded.events];
  if (late.length > 0) {
    const [announced] = await Promise.all([Promise.all(late), ...sent]);
    events.push(...announced.flat());
  }
  turn.nextDueInMs = writes.nextDueInMs;
  turn.delivers = writes.delivers;
  const [entries] = await Promise.all([leaveTrace(desk, context.batchId, events), ...sent]);
  return entries;
}

/** Those that are over have nothing to go on with: what came for them is settled on their tasks, and that is all. */
async function park({ tx, turn }: Desk): Promise<void> {
  const rows = [...turn.parked.values()].flatMap(({ tenantId, id, status, fault }) =>
    fault === undefined || isFinalWorkflow(status) ? [] : [{ tenantId, id, error: fault }],
  );
  if (rows.length > 0 && (await tx.parkWorkflows(rows)) !== rows.length) {
    throw new OutdatedStateError('a workflow to be parked had changed before');
  }
}

async function leaveTrace(
  { tx, turn, writes }: Desk,
  batchId: string,
  events: readonly EventRecord[],
): Promise<readonly StreamEntry[] | undefined> {
  if (events.length > 0) {
    turn.trace = 'entry';
    return tx.append(batchId, events);
  }
  if (writes.owesMark) {
    turn.trace = 'mark';
    await tx.mark(batchId);
  }
  return undefined;
}

/** Tasks that this turn brought to their end, for whoever waits for them. */
export function finishedTasks(turn: Turn): Settlement[] {
  return [...turn.settlements.values()].filter(({ status }) => status !== null && isFinal(status));
}
