import { decide } from '../../domain/workflow/decide-workflow.ts';
import type { CompiledStep } from '../../domain/workflow/graph.ts';
import { holdUndo } from '../../domain/workflow/hold.ts';
import type { RefusedDecision, WorkflowCommand } from '../../domain/workflow/workflow-command.ts';
import type { WorkflowEvent } from '../../domain/workflow/workflow-event.ts';
import { stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import {
  type FailedStep,
  workflowCancelled,
  workflowCompensated,
  workflowCompensating,
  workflowCompensationStuck,
  workflowFailed,
  workflowPaused,
  workflowResumed,
  workflowRetried,
  workflowStepSettled,
  workflowStepSkipped,
} from '../workflow-events.ts';
import type { WaitKind } from '@taskflow/contracts-task-management';
import { makeEndedRow } from './step-tasks.ts';
import { rowBytes, type Share } from './turn-budget.ts';
import type { Desk, Work } from './turn-desk.ts';
import { addressOf, besideOf, generationOf, itemKeys, type WorkflowRun } from './workflow-run.ts';

/** What a command to a workflow is about, and what is known of it. */
export interface Occasion {
  readonly causationId?: string | undefined;
  readonly step?: number | undefined;
  /**
   * `recorded`: a row says already how the step ended. `beginning`: it ends as it was to begin, and has no row of its
   * own. Else its own row is open.
   */
  readonly how?: 'recorded' | 'beginning' | undefined;
  /** JSON text. */
  readonly error?: string | undefined;
  /** JSON text. */
  readonly result?: string | undefined;
  /** Why the step is skipped. */
  readonly skipReason?: string | undefined;
  /** `fresh` unless told. */
  readonly share?: Share;
  /** What items carry was taken before. */
  readonly isTaken?: boolean;
}

/** Decides, and does what the decision asks. A refusal has no effect. */
export function act(
  desk: Desk,
  run: WorkflowRun,
  command: WorkflowCommand,
  occasion: Occasion = {},
): readonly WorkflowEvent[] | RefusedDecision {
  const decision = decide(run.graph, run.state, command);
  if ('refusal' in decision) return decision;
  carryOut(desk, run, decision, occasion);
  return decision;
}

/** Does what these events ask, which the state has gone through already. */
export function carryOut(
  desk: Desk,
  run: WorkflowRun,
  events: readonly WorkflowEvent[],
  occasion: Occasion = {},
): void {
  for (const event of events) carryOutOne(desk, run, event, occasion);
}

function carryOutOne(desk: Desk, run: WorkflowRun, event: WorkflowEvent, occasion: Occasion): void {
  const { work, writes } = desk;
  const { causationId, share = 'fresh' } = occasion;
  if (changesItems(event)) writes.touchItems(run, event.step);
  switch (event.type) {
    case 'step-started':
      if (desk.budget.admit(share)) work.starts.push({ run, step: event.step, isPrepared: false, share, causationId });
      else work.holds.push({ run, step: event.step });
      return;
    case 'step-prepared':
      if (event.held) return;
      if (desk.budget.admit(share)) work.starts.push({ run, step: event.step, isPrepared: true, share, causationId });
      else work.holds.push({ run, step: event.step });
      return;
    case 'rest-left':
      return writes.remind(run);
    case 'step-completed':
    case 'step-skipped':
    case 'step-failed':
    case 'step-cancelled':
      return endStep(desk, run, event, occasion);
    case 'items-started':
      chargeItems(desk, run, event, occasion);
      return writes.startItems(run, event.step, event.from, event.count, causationId);
    case 'items-closed':
      return closeItems(desk, run, event);
    case 'items-settled':
      work.gathers.push({ run, step: event.step, causationId });
      return;
    case 'child-cancel-requested':
      return requestChildCancel(desk, { run, step: event.step, compensate: event.compensate }, share);
    case 'undo-started':
      beginUndo(desk, { run, step: event.step, again: event.again, share, causationId });
      return;
    case 'undo-stuck':
      return getStuck(desk, run, event.step, occasion);
    case 'cancel-requested':
      writes.touchHeader(run);
      return writes.cancelTasks(run);
    default:
      return carryOutHeader(desk, run, event, occasion);
  }
}

type ItemsEvent = Extract<
  WorkflowEvent,
  { type: 'items-begun' | 'items-laid' | 'items-started' | 'items-closed' | 'item-ended' }
>;

/** How the items stand is another now. */
function changesItems(event: WorkflowEvent): event is ItemsEvent {
  return itemsEvents.has(event.type);
}

const itemsEvents = new Set<WorkflowEvent['type']>([
  'items-begun',
  'items-laid',
  'items-started',
  'items-closed',
  'item-ended',
] satisfies ItemsEvent['type'][]);

function carryOutHeader(desk: Desk, run: WorkflowRun, event: WorkflowEvent, occasion: Occasion): void {
  const { work, writes } = desk;
  const { emission } = desk.context;
  const { causationId, share = 'fresh' } = occasion;
  switch (event.type) {
    case 'workflow-waiting':
    case 'workflow-working':
      return writes.touchStatus(run);
    case 'workflow-paused':
      writes.events.push(workflowPaused(emission, run, run.pauseReason));
      return writes.touchHeader(run);
    case 'workflow-resumed':
      writes.events.push(workflowResumed(emission, run));
      return writes.touchHeader(run);
    case 'workflow-completed':
      work.endings.push({ run, type: 'completed', step: undefined, share, causationId });
      return;
    case 'workflow-failed':
    case 'workflow-compensating':
      return fail(desk, run, event, occasion);
    case 'workflow-compensated':
      writes.events.push(workflowCompensated(emission, run, causationId, event.compensations, failureOf(run)));
      return endRun(desk, run, 'compensated', 'null');
    case 'workflow-cancelled':
      writes.events.push(workflowCancelled(emission, run, causationId, run.cancelReason));
      return endRun(desk, run, 'cancelled', 'null');
    case 'workflow-retried':
      return retry(desk, run, event.reset);
    default:
  }
}

type StepEnd = Extract<WorkflowEvent, { type: 'step-completed' | 'step-skipped' | 'step-failed' | 'step-cancelled' }>;

const endStatus = {
  'step-completed': 'completed',
  'step-skipped': 'skipped',
  'step-failed': 'failed',
  'step-cancelled': 'cancelled',
} as const;

function endStep(desk: Desk, run: WorkflowRun, event: StepEnd, occasion: Occasion): void {
  const { step } = event;
  const status = endStatus[event.type];
  const isMeant = occasion.step === step;
  const how = isMeant ? occasion.how : undefined;
  const error = isMeant ? (occasion.error ?? null) : null;
  if (status === 'skipped') announceSkip(desk, run, step, occasion);
  if (how === 'recorded') return;
  const { now } = desk.context.emission;
  const address = addressOf(run, step);
  if (how === 'beginning') {
    const cause = { now, causationId: occasion.causationId };
    desk.writes.addRow(run, address, makeEndedRow(run, step, { status, error }, cause));
  } else {
    const result = (isMeant ? occasion.result : undefined) ?? null;
    const outcomeUnknown = 'unknown' in event && event.unknown;
    desk.writes.endRow(run, address, { status, result, error, outcomeUnknown });
    desk.writes.endWait(run, step);
    if (result !== null) desk.results.put(run, address, result);
  }
  desk.writes.endItems(run, step);
  const kind = waitKindOf(run, step);
  if (kind === undefined || status === 'skipped') return;
  const { emission } = desk.context;
  desk.writes.events.push(
    workflowStepSettled(emission, run, occasion.causationId, { step: address, kind, status, error }),
  );
}

function announceSkip(desk: Desk, run: WorkflowRun, step: number, occasion: Occasion): void {
  const { causationId, skipReason = 'its worker found nothing to do' } = occasion;
  const { emission } = desk.context;
  desk.writes.events.push(workflowStepSkipped(emission, run, causationId, addressOf(run, step), skipReason));
}

/** What a step without a task of its own waits for. */
export function waitKindOf(run: WorkflowRun, step: number): WaitKind | undefined {
  const { kind } = run.graph.steps[step] as CompiledStep;
  if (kind === 'task') return undefined;
  return kind === 'each' ? 'items' : kind;
}

/** Those that have rows are closed, former ones too; the others never get any. */
function closeItems(desk: Desk, run: WorkflowRun, { step }: Extract<WorkflowEvent, { type: 'items-closed' }>) {
  desk.writes.endWait(run, step);
  const fan = run.beside?.fanOuts.get(step);
  if (fan === undefined) return;
  const { started: from, total } = fan.fan;
  const { closedItems } = desk.budget.bounds;
  if (desk.closed + total - from <= closedItems) {
    desk.closed += total - from;
    return desk.writes.closeItems(itemKeys(run, addressOf(run, step), { from, end: total }));
  }
  besideOf(run).closing.add(step);
  desk.writes.leaveClosing(run, addressOf(run, step), { from, total });
}

function chargeItems(
  { budget }: Desk,
  { state }: WorkflowRun,
  { step, count }: { readonly step: number; readonly count: number },
  { share = 'fresh', isTaken = false }: Occasion,
): void {
  const largest = state.fanOuts.get(step)?.largest ?? 0;
  if (!isTaken) budget.charge(share, { rows: count, bytes: count * (largest + rowBytes) });
}

function beginUndo(desk: Desk, undo: Work['undos'][number]): void {
  if (desk.budget.admit(undo.share)) desk.work.undos.push(undo);
  else putOffUndo(desk, undo);
}

/** Leaves the beginning of a compensation to the next turn. */
export function putOffUndo({ writes }: Desk, { run, step, again }: Work['undos'][number]): void {
  const address = addressOf(run, step, { role: 'compensation', item: undefined });
  if (again) writes.reset(run, address, generationOf(run, address));
  holdUndo(run.state, step);
  writes.remind(run);
}

/** What a child that is asked to end costs: it is read as a whole. */
export const cancelCost = { rows: 10, bytes: 0 };

export function requestChildCancel(desk: Desk, cancel: Work['childCancels'][number], share: Share): void {
  if (desk.budget.take(share, cancelCost)) desk.work.childCancels.push(cancel);
  else desk.writes.remindOfCancels(cancel.run, cancel.step, cancel.compensate);
}

function getStuck(desk: Desk, run: WorkflowRun, step: number, { causationId, error }: Occasion): void {
  const { writes, turn, context } = desk;
  turn.stuck += 1;
  const key = addressOf(run, step);
  writes.events.push(workflowCompensationStuck(context.emission, run, causationId, key, error ?? cancelledUndo(key)));
  writes.touchHeader(run);
}

function cancelledUndo(key: string): string {
  return JSON.stringify({ code: 'step_cancelled', message: `The compensation of the step "${key}" was cancelled.` });
}

function failureOf({ state, graph, error }: WorkflowRun): FailedStep {
  return { step: state.failedStep === undefined ? undefined : graph.steps[state.failedStep]?.key, error };
}

type Failure = Extract<WorkflowEvent, { type: 'workflow-failed' | 'workflow-compensating' }>;

/** The error is that of the step that failed; it lies in its row where it failed while the workflow was paused. */
function fail(desk: Desk, run: WorkflowRun, event: Failure, occasion: Occasion): void {
  const { causationId, step, error, share = 'fresh' } = occasion;
  if (event.type === 'workflow-compensating' && event.reason !== 'step-failed') {
    const { emission } = desk.context;
    desk.writes.events.push(workflowCompensating(emission, run, causationId, event.reason, failureOf(run)));
    return desk.writes.touchHeader(run);
  }
  const failed = event.step as number;
  const known = run.error ?? (step === failed ? error : undefined) ?? cancelledStep(run, failed);
  const type = event.type === 'workflow-failed' ? 'failed' : 'compensating';
  if (known === undefined) desk.work.endings.push({ run, type, step: failed, share, causationId });
  else failWith(desk, run, type, known, causationId);
}

export function failWith(
  desk: Desk,
  run: WorkflowRun,
  type: 'failed' | 'compensating',
  error: string,
  causationId: string | undefined,
): void {
  const { writes, context } = desk;
  run.error = error;
  if (type === 'compensating') {
    writes.events.push(workflowCompensating(context.emission, run, causationId, 'step-failed', failureOf(run)));
    return writes.touchHeader(run);
  }
  writes.events.push(workflowFailed(context.emission, run, causationId, failureOf(run).step ?? '', error));
  endRun(desk, run, 'failed', 'null');
}

function cancelledStep(run: WorkflowRun, step: number): string | undefined {
  const at = stateOf(run.state, step);
  if (at !== stepState.cancelled && at !== stepState.cancelledUnknown) return undefined;
  const key = addressOf(run, step);
  return JSON.stringify({ code: 'step_cancelled', message: `The step "${key}" was cancelled.` });
}

/** It has a final status; whoever started it goes on. */
export function endRun(desk: Desk, run: WorkflowRun, status: WorkflowStatus, output: string | undefined): void {
  desk.turn.ended.push({ id: run.id, status });
  desk.writes.touchHeader(run);
  if (run.parent) desk.work.childEnds.push({ child: run, status, output });
}

function retry(desk: Desk, run: WorkflowRun, reset: readonly number[]): void {
  run.error = null;
  run.cancelReason = null;
  run.beside?.fanOuts.clear();
  desk.writes.touchHeader(run);
  if (reset.length > 0) desk.work.resets.push({ run, steps: new Set(reset) });
}

/** Announced once it is known which steps begin. */
export function announceRetry(desk: Desk, run: WorkflowRun, started: readonly number[]): void {
  const from = started.map((step) => addressOf(run, step));
  desk.writes.events.push(workflowRetried(desk.context.emission, run, from));
}
