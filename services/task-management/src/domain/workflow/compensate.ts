import { compensationPayload } from './step-work.ts';
import { payloadTooLarge } from './unfit-work.ts';
import { isPassive, layOutCompensation, markDone, needsCompensation, predecessorsOf } from './compensation-order.ts';
import type { StepOutcome } from './effect.ts';
import type { Answer } from './input.ts';
import { defer, errorText, keyOf, type Move } from './move.ts';
import { rowBytes } from './allowance.ts';
import { StepValues } from './step-reading.ts';
import { type Compensation, type CompensationReason, compensationState, moveTo } from './workflow-state.ts';

/** Lays the compensation out and starts with the last steps. Costs the graph, once. */
export function beginCompensation(move: Move, reason: CompensationReason): void {
  const { graph, state } = move;
  state.compensation = layOutCompensation(graph, state.steps, new Uint8Array(state.steps.length), reason);
  startCompensations(move);
}

/** Starts every compensation that waits for nothing and has not started. Costs the graph. */
export function startCompensations(move: Move): void {
  for (const step of stepsToCompensate(move)) if (!startCompensation(move, step, false)) return;
}

/** Steps whose turn it is, and whose compensation has not started. Costs the graph. */
export function stepsToCompensate({ graph, state }: Move): number[] {
  const { compensation } = state;
  if (compensation === undefined) return [];
  const due: number[] = [];
  for (let step = 0; step < state.steps.length; step++) {
    const isNext = compensation.waitingFor[step] === 0 && compensation.steps[step] === compensationState.none;
    if (isNext && needsCompensation(graph, state.steps, compensation, step)) due.push(step);
  }
  return due;
}

/** A step has ended, or everything that follows it is done: it is compensated once both hold. */
export function offerCompensation(move: Move, offered: number): void {
  const { graph, state } = move;
  const { compensation } = state;
  if (compensation === undefined) return;
  const offers = [offered];
  for (let step = offers.pop(); step !== undefined; step = offers.pop()) {
    if (compensation.waitingFor[step] !== 0 || compensation.steps[step] !== compensationState.none) continue;
    if (isPassive(graph, state.steps, compensation, step)) {
      markDone(graph, compensation, step);
      offers.push(...waitingForNothing(move, compensation, step));
    } else if (needsCompensation(graph, state.steps, compensation, step)) startCompensation(move, step, false);
  }
}

/** Steps before one that is done which wait for nothing any more. */
function waitingForNothing({ graph }: Move, { waitingFor }: Compensation, step: number): number[] {
  return [...predecessorsOf(graph, step)].filter((before) => waitingFor[before] === 0);
}

/** `again`: it is stuck, and its row is to be started anew. */
function startCompensation(move: Move, step: number, again: boolean): boolean {
  const compensation = move.state.compensation as Compensation;
  if (again) compensation.stuck -= 1;
  else compensation.started += 1;
  compensation.steps[step] = compensationState.running;
  move.state.live += 1;
  if (move.allowance.admit()) move.effects.push({ kind: 'need', what: 'compensate', step, again, alone: false });
  else deferCompensation(move, step, again);
  return compensation.steps[step] === compensationState.running;
}

/** It has not started, and starts with what the workflow goes on with. */
function deferCompensation(move: Move, step: number, again: boolean): void {
  const { state, effects } = move;
  const compensation = state.compensation as Compensation;
  if (again) effects.push({ kind: 'reset-row', step });
  compensation.steps[step] = compensationState.none;
  compensation.started -= 1;
  state.live -= 1;
  defer(move);
}

/** Asks a worker to carry out the compensation, whose reads are at hand. */
export function compensateStep(move: Move, answer: Extract<Answer, { kind: 'compensate' }>): void {
  const { instance, graph, state, allowance, effects } = move;
  const { step, again, reading, alone } = answer;
  const definition = graph.steps[step];
  if (definition === undefined || state.compensation?.steps[step] !== compensationState.running) return;
  if (reading === undefined || allowance.isSpent) return deferCompensation(move, step, again);
  const values = new StepValues(instance, reading);
  const known = compensationPayload(definition, values.of);
  if (values.oversized && !alone) {
    effects.push({ kind: 'need', what: 'compensate', step, again, alone: true });
    return;
  }
  const payload = values.oversized ? undefined : known;
  if (!allowance.take(1, (payload?.length ?? 0) + rowBytes)) return deferCompensation(move, step, again);
  if (again) effects.push({ kind: 'reset-row', step });
  if (payload === undefined) failCompensation(move, step);
  else effects.push({ kind: 'compensate', step, payload });
}

/** Its task cannot be made: it is stuck. */
function failCompensation(move: Move, step: number): void {
  const { code, message } = payloadTooLarge(`${keyOf(move, step)}/compensation`);
  const error = errorText(code, message);
  const row = { part: 'compensation', item: undefined, status: 'failed', payload: 'null' } as const;
  move.effects.push({ kind: 'add-row', step, ...row, error });
  endCompensation(move, step, 'failed', error);
}

/** Its task ended. One that failed or was cancelled is stuck; what does not depend on it goes on. */
export function endCompensation(move: Move, step: number, outcome: StepOutcome, error: string | undefined): void {
  const { graph, state, effects } = move;
  const { compensation } = state;
  if (compensation?.steps[step] !== compensationState.running) return;
  state.live -= 1;
  if (outcome === 'completed' || outcome === 'skipped') return finishCompensation(move, compensation, step);
  compensation.stuck += 1;
  compensation.steps[step] = compensationState.stuck;
  moveTo(state, 'compensation-stuck');
  effects.push({
    kind: 'emit',
    event: { kind: 'compensation-stuck', step, error: error ?? cancelled(graph.steps[step]?.key) },
  });
  effects.push({ kind: 'update-header', what: 'all' });
}

function finishCompensation(move: Move, compensation: Compensation, step: number): void {
  compensation.steps[step] = compensationState.done;
  markDone(move.graph, compensation, step);
  for (const before of waitingForNothing(move, compensation, step)) offerCompensation(move, before);
}

function cancelled(key: string | undefined): string {
  return errorText('step_cancelled', `The compensation of the step "${key}" was cancelled.`);
}

/** Somebody says that a stuck step is compensated. */
export function resolveCompensation(move: Move, key: string, reason: string): void {
  const { graph, state, effects } = move;
  const step = graph.indexOf.get(key) as number;
  const compensation = state.compensation as Compensation;
  effects.push({ kind: 'resolve-compensation', step, reason });
  compensation.stuck -= 1;
  finishCompensation(move, compensation, step);
  if (compensation.stuck === 0 && (state.live > 0 || state.waiting > 0)) goOnCompensating(move);
}

/** Tries the stuck compensations again. */
export function retryStuck(move: Move): void {
  const { state } = move;
  const { compensation } = state;
  goOnCompensating(move);
  for (let step = 0; step < state.steps.length; step++) {
    if (compensation?.steps[step] === compensationState.stuck) startCompensation(move, step, true);
  }
}

function goOnCompensating({ state, effects }: Move): void {
  moveTo(state, 'compensating');
  effects.push({ kind: 'emit', event: { kind: 'compensating', reason: 'retried' } });
  effects.push({ kind: 'update-header', what: 'all' });
}
