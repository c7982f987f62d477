import { retryOnto } from '../../domain/workflow/retry-onto.ts';
import type { RefusedDecision } from '../../domain/workflow/workflow-command.ts';
import type { WorkflowEvent } from '../../domain/workflow/workflow-event.ts';
import { stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import { isFinalWorkflow, type WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import { maxKeptSignals } from '../ports/advance-store.ts';
import type { TakenKey } from '../ports/creation-store.ts';
import {
  type AdvanceOutcome,
  type CancelWorkflow,
  granted,
  notFound,
  type PauseWorkflow,
  type RetryWorkflow,
  type SettleCompensation,
  type SignalWorkflow,
  type WorkflowCommand,
  type WorkflowRefusal,
} from './advance-command.ts';
import { receive } from './begin-steps.ts';
import { act, announceRetry, carryOut } from './decisions.ts';
import { keep } from './kept-inputs.ts';
import type { ParkedRun } from './parked-run.ts';
import { type Desk, parkedAt, runAt } from './turn-desk.ts';
import { claimText } from './turn-writes.ts';
import { addressOf, type WorkflowRun } from './workflow-run.ts';

/** Decides what somebody asks of a workflow. `keys`: idempotency keys that were used before. */
export function decideCommand(
  desk: Desk,
  command: WorkflowCommand,
  keys: ReadonlyMap<string, TakenKey>,
): AdvanceOutcome {
  const key = { tenantId: command.tenantId, id: command.workflowId };
  const parked = parkedAt(desk, key);
  if (parked) return commandStuck(desk, parked, command, keys);
  const run = runAt(desk, key);
  if (run === undefined) return notFound;
  switch (command.type) {
    case 'cancel-workflow':
      return cancel(desk, run, command);
    case 'pause-workflow':
      return pause(desk, run, command);
    case 'resume-workflow':
      return outcomeOf(run, act(desk, run, { type: 'resume', allowance: desk.budget.allowance('fresh') }));
    case 'retry-workflow':
      return retry(desk, run, command);
    case 'settle-compensation':
      return settleCompensation(desk, run, command);
    case 'signal-workflow':
      return signal(desk, run, command, keys);
  }
}

function outcomeOf(run: WorkflowRun, decision: readonly WorkflowEvent[] | RefusedDecision): AdvanceOutcome {
  return 'refusal' in decision ? refused(run, decision.refusal, decision.names) : granted;
}

function refused(run: WorkflowRun, refusal: WorkflowRefusal, names?: readonly string[]): AdvanceOutcome {
  return { type: 'refused', refusal, status: run.state.status, ...(names && { names }) };
}

/** Its live tasks are asked to end; nothing new starts. What was asked before keeps its reason. */
function cancel(desk: Desk, run: WorkflowRun, { reason, compensate = false }: CancelWorkflow): AdvanceOutcome {
  const before = run.cancelReason;
  run.cancelReason = reason ?? null;
  const decision = act(desk, run, { type: 'cancel', compensate });
  if ('refusal' in decision || decision.length === 0) run.cancelReason = before;
  return outcomeOf(run, decision);
}

function pause(desk: Desk, run: WorkflowRun, { reason }: PauseWorkflow): AdvanceOutcome {
  const before = run.pauseReason;
  run.pauseReason = reason ?? null;
  const decision = act(desk, run, { type: 'pause' });
  if ('refusal' in decision) run.pauseReason = before;
  return outcomeOf(run, decision);
}

function retry(desk: Desk, run: WorkflowRun, { from, onto }: RetryWorkflow): AdvanceOutcome {
  const graph = onto?.stored.graph ?? run.graph;
  const step = from === undefined ? undefined : graph.indexOf.get(from);
  if (from !== undefined && step === undefined) return refused(run, 'unknown_step', [from]);
  // Rows that are still to be closed cannot be told from those that were, and one that is at work starts nothing anew.
  const closing = [...(run.beside?.closing ?? [])].map((one) => addressOf(run, one));
  if (closing.length > 0) return refused(run, 'not_finished', closing);
  if (onto === undefined) {
    const decision = act(desk, run, { type: 'retry', from: step });
    if (!('refusal' in decision)) announce(desk, run, decision);
    return outcomeOf(run, decision);
  }
  const decision = retryOnto(run.graph, run.state, graph, from);
  if ('refusal' in decision) return outcomeOf(run, decision);
  run.graph = graph;
  run.hash = onto.stored.hash;
  run.version = onto.version;
  run.state = decision.state;
  carryOut(desk, run, decision.events);
  announce(desk, run, decision.events);
  return granted;
}

/** What is stuck says itself that it is tried again. */
function announce(desk: Desk, run: WorkflowRun, events: readonly WorkflowEvent[]): void {
  if (!events.some(({ type }) => type === 'workflow-retried')) return;
  announceRetry(
    desk,
    run,
    events.flatMap((event) => (event.type === 'step-started' ? [event.step] : [])),
  );
}

function settleCompensation(desk: Desk, run: WorkflowRun, { step: key, reason }: SettleCompensation): AdvanceOutcome {
  const step = run.graph.indexOf.get(key);
  if (step === undefined) return refused(run, 'unknown_step', [key]);
  const decision = act(desk, run, { type: 'settle-undo-by-hand', step });
  if (!('refusal' in decision)) desk.writes.settleUndo(run, step, reason);
  return outcomeOf(run, decision);
}

/** Nothing moves what is stuck but a retry and a cancel, which are decided apart; signals are kept. */
function commandStuck(
  desk: Desk,
  parked: ParkedRun,
  command: WorkflowCommand,
  keys: ReadonlyMap<string, TakenKey>,
): AdvanceOutcome {
  const isOver = isFinalWorkflow(parked.status);
  if (command.type !== 'signal-workflow')
    return isOver ? refusedOver(parked, command) : { type: 'refused', refusal: 'stuck', status: 'stuck' };
  const repeated = repeats(desk, command, keys, 'stuck');
  if (repeated) return repeated;
  if (isOver) return refusedOver(parked, command);
  const kept = desk.keptSignals.get(parked.id) ?? 0;
  if (kept >= maxKeptSignals) return { type: 'refused', refusal: 'too_many_signals', status: 'stuck' };
  desk.keptSignals.set(parked.id, kept + 1);
  keep(desk, parked, { kind: 'signal', name: command.signal, payload: command.payload });
  desk.writes.owesMark = true;
  if (command.claim) desk.writes.claim(command.claim);
  return granted;
}

/** It was given up, and its rows are still being closed: those that are cannot be told from those that are not. */
function refusedOver({ status }: ParkedRun, { type }: WorkflowCommand): AdvanceOutcome {
  return { type: 'refused', refusal: type === 'retry-workflow' ? 'not_finished' : 'already_finished', status };
}

function signal(
  desk: Desk,
  run: WorkflowRun,
  command: SignalWorkflow,
  keys: ReadonlyMap<string, TakenKey>,
): AdvanceOutcome {
  const repeated = repeats(desk, command, keys, run.state.status);
  if (repeated) return repeated;
  const outcome = receiveSignal(desk, run, command.signal, command.payload);
  if (outcome.type === 'granted' && command.claim) desk.writes.claim(command.claim);
  return outcome;
}

/** The answer to a signal whose idempotency key was used before. */
function repeats(
  desk: Desk,
  { claim }: SignalWorkflow,
  keys: ReadonlyMap<string, TakenKey>,
  status: WorkflowStatus,
): AdvanceOutcome | undefined {
  const taken = claim && (desk.writes.claimed(claim) ?? keys.get(claimText(claim)));
  if (claim === undefined || taken === undefined) return undefined;
  return taken.fingerprint.equals(claim.fingerprint) ? granted : { type: 'refused', refusal: 'key_mismatch', status };
}

/** Hands a signal to the step that waits for it, or keeps it for the next one that will. */
export function receiveSignal(desk: Desk, run: WorkflowRun, name: string, payload: string): AdvanceOutcome {
  const steps = run.graph.signals.get(name);
  if (steps === undefined) return refused(run, 'signal_not_expected', [...run.graph.signals.keys()]);
  const { status } = run.state;
  if (isFinalWorkflow(status)) return refused(run, 'already_finished');
  if (status === 'compensating' || status === 'compensation-stuck') return refused(run, 'already_compensating');
  if (run.state.cancelRequested) return refused(run, 'cancel_requested');
  const step = firstWaiting(run, steps);
  if (step !== undefined) receive(desk, { run, step, causationId: undefined }, payload);
  else if (desk.writes.keptSignals(run) >= maxKeptSignals) return refused(run, 'too_many_signals');
  else desk.writes.keepSignal(run, name, payload);
  return granted;
}

/** The one that has waited longest. */
function firstWaiting(run: WorkflowRun, steps: readonly number[]): number | undefined {
  for (const step of run.beside?.waits.keys() ?? []) {
    if (steps.includes(step) && stateOf(run.state, step) === stepState.waiting) return step;
  }
  return undefined;
}
