import { rowBytes } from './allowance.ts';
import { endStep } from './end-step.ts';
import type { RefusedInput } from './input.ts';
import { errorText, type Move } from './move.ts';
import { moveStep } from './step-life.ts';
import { startTimer } from './timers.ts';
import type { Timer } from './wait-kinds.ts';
import { extrasOf } from './instance.ts';
import { stateOf, stepState } from './workflow-state.ts';
import { isFinalWorkflow } from './workflow-status.ts';

/** Signals that a workflow keeps for steps to come. */
export const maxKeptSignals = 100;
/** Longest payload of a signal that the edge lets in. */
const maxSignalPayload = 256 * 1024;

/** A step waits from now on. A signal that is kept for it becomes its result. `false`: it does not fit. */
export function startWait(move: Move, step: number, timer: Timer): boolean {
  const { instance, graph, state, allowance, effects } = move;
  const signal = graph.steps[step]?.wait?.signal;
  const kept = signal === undefined ? 0 : (instance.extras?.signals.get(signal) ?? 0);
  if (!allowance.take(2, (kept > 0 ? maxSignalPayload : 0) + 2 * rowBytes)) return false;
  moveStep(state, step, stepState.waiting);
  const row = { part: 'own', item: undefined, payload: 'null', error: null } as const;
  effects.push({ kind: 'add-row', step, ...row, status: 'open' });
  startTimer(move, step, timer);
  effects.push({ kind: 'emit', event: { kind: 'step-waiting', step, timer } });
  if (signal !== undefined && kept > 0) {
    extrasOf(instance).signals.set(signal, kept - 1);
    effects.push({ kind: 'need', what: 'signal', step, name: signal });
  }
  return true;
}

/** The time of a step is over: a sleep ends well, or what it waited for did not come. Its timer is gone already. */
export function fireTimer(move: Move, step: number): void {
  move.instance.extras?.timers.delete(step);
  if (move.graph.steps[step]?.kind === 'sleep') return receive(move, step, 'null');
  endStep(move, step, { outcome: 'failed', row: 'open', error: timedOut(move, step) });
}

function timedOut({ graph }: Move, step: number): string {
  const { kind, signal, event, forMs: timeoutMs } = graph.steps[step]?.wait ?? {};
  return errorText('wait_timed_out', `The ${kind} "${signal ?? event}" did not come within ${timeoutMs} ms.`, {
    timeoutMs,
  });
}

/** An event came that the step waited for. Its timer is gone already. */
export function receiveEvent(move: Move, step: number, payload: string): void {
  move.instance.extras?.timers.delete(step);
  receive(move, step, payload);
}

/** The step has what it waited for, JSON text. */
export function receive(move: Move, step: number, payload: string): void {
  if (stateOf(move.state, step) !== stepState.waiting) return;
  endStep(move, step, { outcome: 'completed', row: 'open', result: payload });
}

/** Hands a signal to the step that waits for it, or keeps it for the next one that will. */
export function receiveSignal(move: Move, name: string, payload: string): void {
  const step = waitingFor(move, name);
  if (step !== undefined) return receive(move, step, payload);
  const { signals } = extrasOf(move.instance);
  signals.set(name, (signals.get(name) ?? 0) + 1);
  move.effects.push({ kind: 'keep-signal', name, payload });
}

export function refusalOfSignal(move: Move, name: string): RefusedInput | undefined {
  const { graph, state, instance } = move;
  if (!graph.signals.has(name)) return { refusal: 'signal_not_expected', names: [...graph.signals.keys()] };
  const { status } = state;
  if (isFinalWorkflow(status)) return { refusal: 'already_finished' };
  if (status === 'compensating' || status === 'compensation-stuck') return { refusal: 'already_compensating' };
  if (state.cancelRequested) return { refusal: 'cancel_requested' };
  if (waitingFor(move, name) !== undefined) return undefined;
  let kept = 0;
  for (const many of instance.extras?.signals.values() ?? []) kept += many;
  return kept >= maxKeptSignals ? { refusal: 'too_many_signals' } : undefined;
}

/** The step that has waited longest for a signal. */
function waitingFor({ graph, state, instance }: Move, name: string): number | undefined {
  const steps = graph.signals.get(name) ?? [];
  for (const step of instance.extras?.timers ?? []) {
    if (steps.includes(step) && stateOf(state, step) === stepState.waiting) return step;
  }
  return undefined;
}
