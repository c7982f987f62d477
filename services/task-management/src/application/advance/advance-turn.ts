import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import type { Settlement } from '../../domain/task/settlement.ts';
import { isFinal } from '../../domain/task/task-status.ts';
import type { CompiledGraphs } from '../compiled-graphs.ts';
import { type Emission, taskCreated } from '../event-records.ts';
import type { AdvanceTransaction, Key, SettledTask } from '../ports/advance-store.ts';
import { taskCancelRequested } from '../task-events.ts';
import type { NewTask } from '../task-record.ts';
import {
  type AdvanceCommand,
  type AdvanceOutcome,
  type ApplyFacts,
  type CancelWorkflow,
  type CommandTask,
  notFound,
} from './advance-command.ts';
import {
  cancelRun,
  describeChanges,
  failStart,
  type Moves,
  noMoves,
  OutdatedStateError,
  settleSteps,
} from './advance-runs.ts';
import { type CommandedTasks, commandTasks } from './command-tasks.ts';
import { foldFacts } from './fold-facts.ts';
import { makeStepTask, maxResolvedWave } from './start-steps.ts';
import { obtainResults, referencedSteps, type ResultNeed, type StepResults } from './step-results.ts';
import { outputSteps } from './workflow-output.ts';
import type { WorkflowRun } from './workflow-run.ts';
import { obtainRuns, type WorkflowRuns } from './workflow-runs.ts';

export interface TurnContext {
  readonly emission: Emission;
  readonly batchId: string;
  readonly runs: WorkflowRuns;
  readonly graphs: CompiledGraphs;
}

/** What one turn leaves, filled in as it goes; it counts only once the transaction committed. */
export interface Turn {
  readonly outcomes: AdvanceOutcome[];
  /** Workflows whose state in memory was changed. */
  readonly touched: Map<string, WorkflowRun>;
  readonly settlements: Map<string, Settlement>;
  /** Ids of workflows that ended. */
  readonly ended: string[];
  appended: boolean;
}

export function newTurn(): Turn {
  return { outcomes: [], touched: new Map(), settlements: new Map(), ended: [], appended: false };
}

/**
 * One transaction of the advance writer: facts first, then commands, for any number of tasks and workflows with a
 * constant number of statements. Facts and commands of one batch arrived while another turn was running, so any
 * order between them is one that could have happened.
 */
export async function takeTurn(
  tx: AdvanceTransaction,
  batch: readonly AdvanceCommand[],
  turn: Turn,
  context: TurnContext,
): Promise<StreamEntry | undefined> {
  const { emission } = context;
  const deliveries = batch.filter((command) => command.type === 'apply-facts');
  for (const { facts } of deliveries) foldFacts(facts, turn.settlements);
  const [settled, locked] = await Promise.all([
    settle(tx, deliveries, turn),
    lock(
      tx,
      batch.filter((command) => command.type === 'command-task'),
    ),
  ]);
  const cancels = batch.filter((command) => command.type === 'cancel-workflow');
  const runs = await obtain(tx, settled, cancels, context);
  for (const run of runs.values()) turn.touched.set(run.id, run);

  const moves = noMoves();
  const commanded = commandTasks(locked, emission);
  settleSteps(moves, emission, runs, settled, turn.settlements);
  decideCommands(batch, moves, runs, commanded, turn);
  const results = await obtainResults(tx, turn.settlements, neededResults(moves));
  const tasks = makeTasks(moves, results, emission);
  return write(tx, turn, context, { moves, commanded, tasks, results });
}

async function settle(tx: AdvanceTransaction, deliveries: readonly ApplyFacts[], turn: Turn) {
  const moving = deliveries.map(({ advance }) => tx.movePosition(advance));
  const settling = turn.settlements.size === 0 ? [] : tx.settle([...turn.settlements.values()]);
  const [settled] = await Promise.all([settling, ...moving]);
  return settled;
}

function lock(tx: AdvanceTransaction, commands: readonly CommandTask[]) {
  const keys = new Map(commands.map(({ tenantId, taskId }) => [`${tenantId}/${taskId}`, { tenantId, id: taskId }]));
  return keys.size === 0 ? [] : tx.lockTasks([...keys.values()]);
}

function obtain(
  tx: AdvanceTransaction,
  settled: readonly SettledTask[],
  cancels: readonly CancelWorkflow[],
  { runs, graphs }: TurnContext,
) {
  const keys = new Map<string, Key>();
  const undecided = new Set<string>();
  for (const { tenantId, id, workflowId } of settled) {
    if (workflowId === null) continue;
    keys.set(`${tenantId}/${workflowId}`, { tenantId, id: workflowId });
    undecided.add(id);
  }
  for (const { tenantId, workflowId } of cancels) {
    keys.set(`${tenantId}/${workflowId}`, { tenantId, id: workflowId });
  }
  return keys.size === 0 ? new Map<string, WorkflowRun>() : obtainRuns(tx, runs, graphs, [...keys.values()], undecided);
}

function decideCommands(
  batch: readonly AdvanceCommand[],
  moves: Moves,
  runs: ReadonlyMap<string, WorkflowRun>,
  commanded: CommandedTasks,
  turn: Turn,
): void {
  for (const command of batch) {
    if (command.type === 'apply-facts') turn.outcomes.push({ type: 'granted' });
    else if (command.type === 'command-task') turn.outcomes.push(commanded.decide(command));
    else if (command.type !== 'cancel-workflow') turn.outcomes.push(notFound);
    else {
      const run = runs.get(command.workflowId);
      turn.outcomes.push(cancelRun(moves, run?.tenantId === command.tenantId ? run : undefined, command));
    }
  }
}

function neededResults({ starts, changed }: Moves): ResultNeed[] {
  const needs: ResultNeed[] = [];
  for (const { run, step } of starts)
    for (const source of referencedSteps(run, step)) needs.push({ run, step: source });
  for (const { run, ending } of changed.values()) {
    if (ending?.type !== 'workflow-completed') continue;
    for (const step of outputSteps(run)) needs.push({ run, step });
  }
  return needs;
}

function makeTasks(moves: Moves, results: StepResults, { now }: Emission): NewTask[] {
  const tasks: NewTask[] = [];
  const carried = new Map<string, number>();
  for (const start of moves.starts) {
    const { run, step, causationId } = start;
    const task = makeStepTask(run, step, results, { now, causationId });
    if ('code' in task) {
      failStart(moves, start, task);
      continue;
    }
    const bytes = (carried.get(run.id) ?? 0) + task.payload.length;
    carried.set(run.id, bytes);
    if (bytes <= maxResolvedWave) tasks.push(task);
    else failStart(moves, start, { code: 'payload_too_large', message: waveMessage });
  }
  return tasks;
}

const waveMessage = `The steps that start together carry more than ${maxResolvedWave} bytes of payloads. Pass references to large data instead of the data.`;

interface WriteSet {
  readonly moves: Moves;
  readonly commanded: CommandedTasks;
  readonly tasks: readonly NewTask[];
  readonly results: StepResults;
}

/** Applies what was decided. Every count that does not match means that something else was there before. */
async function write(
  tx: AdvanceTransaction,
  turn: Turn,
  { emission, batchId }: TurnContext,
  { moves, commanded, tasks, results }: WriteSet,
): Promise<StreamEntry | undefined> {
  const { rows, events: endings } = describeChanges(moves, emission, results);
  const changes = commanded.changes();
  const writes = [
    expectCount(tasks.length, (all) => tx.insertSteps(all), tasks, 'a step had been started before'),
    expectCount(rows.length, (all) => tx.updateWorkflows(all), rows, 'a workflow had ended before'),
    expectCount(changes.length, (all) => tx.applyTaskChanges(all), changes, 'a locked task was gone'),
  ];
  const cancelling = moves.stepCancels.length === 0 ? [] : tx.requestStepCancels(moves.stepCancels);
  const events = [...moves.cancelled, ...tasks.map((task) => taskCreated(emission, task))];
  if (moves.stepCancels.length > 0) {
    const [requested] = await Promise.all([cancelling, ...writes]);
    events.push(...cancelRequests(moves, requested, emission));
  }
  events.push(...commanded.events, ...endings);
  for (const { run, ending } of moves.changed.values()) if (ending) turn.ended.push(run.id);
  const [entry] = await Promise.all([append(tx, turn, batchId, events), ...writes]);
  return entry;
}

function append(tx: AdvanceTransaction, turn: Turn, batchId: string, events: readonly EventRecord[]) {
  if (events.length === 0) return undefined;
  turn.appended = true;
  return tx.append(batchId, events);
}

async function expectCount<R>(
  expected: number,
  run: (rows: readonly R[]) => Promise<number>,
  rows: readonly R[],
  otherwise: string,
): Promise<void> {
  if (expected > 0 && (await run(rows)) !== expected) throw new OutdatedStateError(otherwise);
}

function cancelRequests(
  { stepCancels }: Moves,
  requested: readonly (Key & { readonly generation: number })[],
  emission: Emission,
): EventRecord[] {
  const wanted = new Map(stepCancels.map((cancel) => [cancel.id, cancel]));
  return requested.map((task) => {
    const cancel = wanted.get(task.id);
    const subject = { ...task, workflowId: cancel?.workflowId ?? null };
    return taskCancelRequested(emission, subject, cancel?.reason ?? null);
  });
}

/** Tasks that this turn brought to their end, for whoever waits for them. */
export function finishedTasks(turn: Turn): Settlement[] {
  return [...turn.settlements.values()].filter(({ status }) => status !== null && isFinal(status));
}
