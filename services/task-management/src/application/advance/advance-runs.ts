import type { EventRecord } from '@taskflow/kit-messaging';
import { decide, type StepOutcome, settle } from '../../domain/workflow/decide-workflow.ts';
import { evolve, liveSteps, stepState, type WorkflowEvent } from '../../domain/workflow/workflow-state.ts';
import type { Emission } from '../event-records.ts';
import type { Key, SettledTask, WorkflowChangeRow } from '../ports/advance-store.ts';
import { taskCancelled } from '../task-events.ts';
import { workflowCancelled, workflowCompleted, workflowFailed } from '../workflow-events.ts';
import { type AdvanceOutcome, type CancelWorkflow, granted, notFound } from './advance-command.ts';
import { type StepResults, type Settlements, stepTaskId } from './step-results.ts';
import type { Unstartable } from './start-steps.ts';
import { workflowOutput } from './workflow-output.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** The state in memory was behind the database: what was decided from it must not be committed. */
export class OutdatedStateError extends Error {
  constructor(what: string) {
    super(`The decision was taken from an outdated state: ${what}.`);
    this.name = 'OutdatedStateError';
  }
}

/** A step whose last dependency completed in this turn. */
export interface StepStart {
  readonly run: WorkflowRun;
  readonly step: number;
  readonly causationId: string | undefined;
}

/** What happened to one workflow's header in this turn. */
interface Ending {
  readonly type: 'workflow-completed' | 'workflow-failed' | 'workflow-cancelled';
  readonly step: number | undefined;
  /** JSON text. */
  readonly error: string | undefined;
  readonly causationId: string | undefined;
}

/** The moves of all workflows of one turn, collected before anything is written. */
export interface Moves {
  readonly starts: StepStart[];
  /** Workflows whose header changes. */
  readonly changed: Map<string, { readonly run: WorkflowRun; ending: Ending | undefined }>;
  readonly stepCancels: (Key & { readonly workflowId: string; readonly reason: string | null })[];
  /** TaskCancelled of this turn, of steps and of other tasks. */
  readonly cancelled: EventRecord[];
}

export function noMoves(): Moves {
  return { starts: [], changed: new Map(), stepCancels: [], cancelled: [] };
}

/** Decides what follows from the tasks that ended, in the order in which their facts arrived. */
export function settleSteps(
  moves: Moves,
  emission: Emission,
  runs: ReadonlyMap<string, WorkflowRun>,
  settled: readonly SettledTask[],
  settlements: Settlements,
): void {
  const rows = new Map(settled.map((row) => [row.id, row]));
  if (rows.size === 0) return;
  for (const { taskId, generation, causationId, error } of settlements.values()) {
    const row = rows.get(taskId);
    if (row === undefined || row.generation !== generation) continue;
    const run = row.workflowId === null ? undefined : runs.get(row.workflowId);
    if (row.status === 'cancelled') moves.cancelled.push(cancelledEvent(emission, row, run, causationId));
    const step = row.step === null ? undefined : run?.graph.indexOf.get(row.step);
    if (run === undefined || step === undefined) continue;
    // The row was live until this transaction, so the step must be live in memory too.
    if (run.state.steps[step] !== stepState.live) throw new OutdatedStateError('a step ended that was not live');
    settleStep(moves, run, step, row.status as StepOutcome, { causationId, error: error ?? undefined });
  }
}

function cancelledEvent(
  emission: Emission,
  row: SettledTask,
  run: WorkflowRun | undefined,
  causationId: string | undefined,
): EventRecord {
  const step =
    run && row.step !== null ? { workflowId: run.id, name: run.name, version: run.version, step: row.step } : undefined;
  return taskCancelled(emission, row, step, causationId);
}

function settleStep(
  moves: Moves,
  run: WorkflowRun,
  step: number,
  outcome: StepOutcome,
  cause: { readonly causationId: string | undefined; readonly error: string | undefined },
): void {
  for (const event of settle(run.graph, run.state, step, outcome)) collect(moves, run, event, cause);
}

function collect(
  moves: Moves,
  run: WorkflowRun,
  event: WorkflowEvent,
  { causationId, error }: { readonly causationId: string | undefined; readonly error: string | undefined },
): void {
  switch (event.type) {
    case 'step-started':
      moves.starts.push({ run, step: event.step, causationId });
      return;
    case 'workflow-failed':
      moves.changed.set(run.id, {
        run,
        ending: {
          type: event.type,
          step: event.step,
          error: error ?? cancelledStepError(run, event.step),
          causationId,
        },
      });
      return;
    case 'workflow-completed':
    case 'workflow-cancelled':
      moves.changed.set(run.id, { run, ending: { type: event.type, step: undefined, error: undefined, causationId } });
      return;
    case 'cancel-requested':
      moves.changed.set(run.id, { run, ending: undefined });
      return;
    default:
      return;
  }
}

function cancelledStepError(run: WorkflowRun, step: number): string {
  const key = run.graph.steps[step]?.key ?? '';
  return JSON.stringify({ code: 'step_cancelled', message: `The step "${key}" was cancelled.` });
}

/** A step that cannot start fails its workflow, like one that ran and failed. */
export function failStart(moves: Moves, { run, step, causationId }: StepStart, reason: Unstartable): void {
  settleStep(moves, run, step, 'unstartable', { causationId, error: JSON.stringify(reason) });
}

/** Decides a cancel after the facts of its turn. Its live steps are asked to end; nothing new starts. */
export function cancelRun(moves: Moves, run: WorkflowRun | undefined, command: CancelWorkflow): AdvanceOutcome {
  if (run === undefined) return notFound;
  const decision = decide(run.graph, run.state, { type: 'cancel' });
  if ('refusal' in decision) return { type: 'refused', refusal: decision.refusal, status: run.state.status };
  for (const event of decision) {
    evolve(run.graph, run.state, event);
    collect(moves, run, event, { causationId: undefined, error: undefined });
    run.cancelReason = command.reason ?? null;
    for (const step of liveSteps(run.state)) {
      const { tenantId, id: workflowId, cancelReason: reason } = run;
      moves.stepCancels.push({ tenantId, id: stepTaskId(run, step), workflowId, reason });
    }
  }
  return granted;
}

/** Rows and events of the workflows whose header changes. */
export function describeChanges(
  moves: Moves,
  emission: Emission,
  results: StepResults,
): { readonly rows: WorkflowChangeRow[]; readonly events: EventRecord[] } {
  const rows: WorkflowChangeRow[] = [];
  const events: EventRecord[] = [];
  for (const { run, ending } of moves.changed.values()) {
    const output = ending?.type === 'workflow-completed' ? workflowOutput(run, results) : undefined;
    const failedStep = ending?.step === undefined ? null : (run.graph.steps[ending.step]?.key ?? null);
    rows.push({
      tenantId: run.tenantId,
      id: run.id,
      status: run.state.status,
      output: output ?? null,
      error: ending?.error ?? null,
      failedStep,
      cancelRequested: run.state.cancelRequested,
      cancelReason: run.cancelReason,
      finishedAt: ending === undefined ? null : emission.now,
    });
    if (ending) events.push(endingEvent(emission, run, ending, output, failedStep));
  }
  return { rows, events };
}

function endingEvent(
  emission: Emission,
  run: WorkflowRun,
  { type, error, causationId }: Ending,
  output: string | undefined,
  failedStep: string | null,
): EventRecord {
  if (type === 'workflow-completed') return workflowCompleted(emission, run, causationId, output);
  if (type === 'workflow-cancelled') return workflowCancelled(emission, run, causationId, run.cancelReason);
  return workflowFailed(emission, run, causationId, failedStep ?? '', error ?? 'null');
}
