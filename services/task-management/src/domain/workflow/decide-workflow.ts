import { begin, beginItems, hold, settlePrepare } from './decide-begin.ts';
import { cancel, goOn, resume, startReady } from './decide-operate.ts';
import { settleStep } from './decide-step-settled.ts';
import { settleUndo, settleUndoByHand, stepsToUndo } from './decide-undo.ts';
import { type Deciding, emit, newDeciding } from './deciding.ts';
import { layItems, settleItem } from './fan-out.ts';
import type { CompiledGraph } from './graph.ts';
import { refusalOfRetry, retry } from './retry-from.ts';
import type { RefusedDecision, WorkflowCommand, WorkflowDecision } from './workflow-command.ts';
import { initialState, isAtRest, undoState, type WorkflowState } from './workflow-state.ts';
import { isFinalWorkflow } from './workflow-status.ts';

/**
 * Decides what follows from a command and applies it to the state, event by event; a refusal leaves it as it was.
 * Deterministic. Settling a step costs its degree and an item's end the same for any number of items; only the
 * beginning of a compensation, a cancel, a resume and a retry cost the graph.
 *
 * 1. A step starts when everything it depends on is settled (completed, skipped, or failed where that is tolerated),
 *    and at most once.
 * 2. The first step that fails for good or is cancelled by itself ends the workflow: it fails, or what was done is
 *    undone. What waits ends at once, tasks go on to their own end, nothing begins.
 * 3. After a cancel nothing begins either; the workflow is cancelled when nothing of it is left, unless every step is
 *    settled: then the request came too late and the workflow completed.
 * 4. While it is paused nothing begins. What ends is recorded; its consequences follow when it is resumed.
 * 5. An outcome for what is not open changes nothing: it is a repetition.
 */
export function decide(graph: CompiledGraph, state: WorkflowState, command: WorkflowCommand): WorkflowDecision {
  const refusal = refusalOf(graph, state, command);
  if (refusal) return refusal;
  const deciding = newDeciding(graph, state, 'allowance' in command ? command.allowance : undefined);
  carryOut(deciding, command);
  conclude(deciding);
  return deciding.events;
}

function refusalOf(graph: CompiledGraph, state: WorkflowState, command: WorkflowCommand): RefusedDecision | undefined {
  switch (command.type) {
    case 'cancel':
      return refusalOfCancel(state, command.compensate);
    case 'pause':
      if (isFinalWorkflow(state.status)) return { refusal: 'already_finished' };
      if (state.status !== 'running' && state.status !== 'waiting') return { refusal: 'not_running' };
      return state.cancelRequested ? { refusal: 'cancel_requested' } : undefined;
    case 'resume':
      if (isFinalWorkflow(state.status)) return { refusal: 'already_finished' };
      if (state.status !== 'paused') return { refusal: 'not_paused' };
      return state.cancelRequested ? { refusal: 'cancel_requested' } : undefined;
    case 'retry':
      return refusalOfRetry(graph, state, command.from);
    case 'settle-undo-by-hand':
      if (state.compensation?.undo[command.step] === undoState.stuck) return undefined;
      return { refusal: 'compensation_not_stuck' };
    default:
      return undefined;
  }
}

function refusalOfCancel({ status, cancelRequested }: WorkflowState, compensate: boolean): RefusedDecision | undefined {
  if (isFinalWorkflow(status)) return { refusal: 'already_finished' };
  if (status === 'compensating' || status === 'compensation-stuck') return { refusal: 'already_compensating' };
  return cancelRequested && compensate ? { refusal: 'cancel_requested' } : undefined;
}

function carryOut(deciding: Deciding, command: WorkflowCommand): void {
  switch (command.type) {
    case 'start':
      return startReady(deciding);
    case 'begin':
      return begin(deciding, command.step, command.as);
    case 'hold':
      return hold(deciding, command.step);
    case 'begin-items':
      return beginItems(deciding, command);
    case 'lay-items':
      return layItems(deciding, command.step, command.count);
    case 'settle-step':
      return settleStep(deciding, command.step, command.outcome, command.unknown === true);
    case 'settle-prepare':
      return settlePrepare(deciding, command.step, command.outcome);
    case 'settle-item':
      return settleItem(deciding, command.step, command.outcome, command.unknown === true);
    case 'settle-undo':
      return settleUndo(deciding, command.step, command.outcome);
    case 'settle-undo-by-hand':
      return settleUndoByHand(deciding, command.step);
    case 'cancel':
      return cancel(deciding, command.compensate);
    case 'pause':
      return emit(deciding, { type: 'workflow-paused' });
    case 'resume':
      return resume(deciding);
    case 'continue':
      return goOn(deciding);
    case 'retry':
      return retry(deciding, command.from);
  }
}

/** What the workflow as a whole comes to, once everything about its steps is decided. */
export function conclude(deciding: Deciding): void {
  const { state } = deciding;
  switch (state.status) {
    case 'running':
    case 'waiting':
    case 'paused':
      if (state.unsettled === 0) emit(deciding, { type: 'workflow-completed' });
      else if (state.cancelRequested && isAtRest(state)) emit(deciding, { type: 'workflow-cancelled' });
      else showWaiting(deciding);
      return;
    case 'compensating':
    case 'compensation-stuck':
      return concludeUndoing(deciding);
    default:
  }
}

function showWaiting(deciding: Deciding): void {
  const { status, live, waiting } = deciding.state;
  const onlyWaits = live === 0 && waiting > 0;
  if (status === 'running' && onlyWaits) emit(deciding, { type: 'workflow-waiting' });
  else if (status === 'waiting' && !onlyWaits) emit(deciding, { type: 'workflow-working' });
}

/** With nothing at work and nothing stuck, everything is undone: whatever stands before undone steps has begun. */
function concludeUndoing(deciding: Deciding): void {
  const { compensation, failedStep } = deciding.state;
  if (compensation === undefined || compensation.stuck > 0 || !isAtRest(deciding.state)) return;
  // Left to a later turn: nothing is at work, and not everything is undone.
  if (stepsToUndo(deciding).length > 0) return;
  if (compensation.begun > 0) emit(deciding, { type: 'workflow-compensated', compensations: compensation.begun });
  else if (failedStep === undefined) emit(deciding, { type: 'workflow-cancelled' });
  else emit(deciding, { type: 'workflow-failed', step: failedStep });
}

/** The state right after the start. */
export function startedState(graph: CompiledGraph): WorkflowState {
  const state = initialState(graph);
  decide(graph, state, { type: 'start' });
  return state;
}
