import { stepsToCompensate } from './compensate.ts';
import type { Answer } from './input.ts';
import { defer, type Move } from './move.ts';
import { maxOutput, outputOf } from './output.ts';
import { tooLarge } from './step-reading.ts';
import { isAtRest, moveTo } from './workflow-state.ts';
import type { WorkflowStatus } from './workflow-status.ts';

/** Decides what the workflow as a whole comes to, once everything about its steps is decided. */
export function conclude(move: Move): void {
  const { state } = move;
  const { status } = state;
  if (status === 'compensating' || status === 'compensation-stuck') return concludeCompensation(move);
  if (status !== 'running' && status !== 'waiting' && status !== 'paused') return;
  if (state.unsettled === 0) concludeSettled(move, status === 'paused');
  else if (state.cancelRequested && isAtRest(state)) endCancelled(move);
  else showWaiting(move);
}

function concludeSettled({ state, effects }: Move, paused: boolean): void {
  moveTo(state, 'completed');
  effects.push({ kind: 'need', what: 'output', paused, alone: false });
}

function showWaiting({ state, effects }: Move): void {
  const onlyWaits = state.live === 0 && state.waiting > 0;
  if (state.status !== (onlyWaits ? 'running' : 'waiting')) return;
  moveTo(state, onlyWaits ? 'waiting' : 'running');
  effects.push({ kind: 'update-header', what: 'status' });
}

/** With nothing at work and nothing stuck, all is compensated: whatever stands before compensated steps has started. */
function concludeCompensation(move: Move): void {
  const { state, instance, effects } = move;
  const { compensation } = state;
  if (compensation === undefined || compensation.stuck > 0 || !isAtRest(state)) return;
  // Deferred: nothing is at work, and not everything is compensated.
  if (stepsToCompensate(move).length > 0) return;
  if (compensation.started > 0) {
    effects.push({ kind: 'emit', event: { kind: 'compensated', compensations: compensation.started } });
    endWorkflow(move, 'compensated');
  } else if (state.failedStep === undefined) endCancelled(move);
  else fail(move, 'failed', state.failedStep, instance.error ?? undefined);
}

function endCancelled(move: Move): void {
  move.effects.push({ kind: 'emit', event: { kind: 'cancelled' } });
  endWorkflow(move, 'cancelled');
}

/** The workflow fails, or is compensated, because a step failed. Its error is looked up where it is not at hand. */
export function fail(move: Move, to: 'failed' | 'compensating', step: number, error: string | undefined): void {
  const { state, effects } = move;
  state.failedStep = step;
  state.compensation = undefined;
  moveTo(state, to);
  if (error === undefined) effects.push({ kind: 'need', what: 'error', step, then: to });
  else failWith(move, to, step, error);
}

export function failWith(move: Move, to: 'failed' | 'compensating', step: number, error: string): void {
  const { instance, effects } = move;
  instance.error = error;
  if (to === 'failed') {
    effects.push({ kind: 'emit', event: { kind: 'failed', step, error } });
    endWorkflow(move, 'failed');
    return;
  }
  effects.push({ kind: 'emit', event: { kind: 'compensating', reason: 'step-failed' } });
  effects.push({ kind: 'update-header', what: 'all' });
}

/** It has a final status; `output` is what a workflow that started this one goes on with. */
function endWorkflow({ state, effects }: Move, status: WorkflowStatus, output?: string, shown?: string): void {
  moveTo(state, status);
  state.compensation = undefined;
  effects.push({ kind: 'end-workflow', status, output, shown: shown ?? null });
}

/** Longest output that is not counted: two thousand of them are what one transaction may carry. */
const smallOutput = 2_000;

/** Every step is settled, and its results are at hand. An output that is too much for the transaction comes later. */
export function complete(move: Move, { paused, reading, alone }: Extract<Answer, { kind: 'complete' }>): void {
  const { instance, allowance, effects } = move;
  if (reading === undefined) return deferCompletion(move, paused);
  const read = outputOf(instance, reading);
  if (read === tooLarge && !alone) return void effects.push({ kind: 'need', what: 'output', paused, alone: true });
  const output = read === tooLarge ? undefined : read;
  const shown = output !== undefined && output.length <= maxOutput ? output : undefined;
  const bytes = (instance.parent ? output : shown)?.length ?? 0;
  // Small ones complete whatever else the transaction carries: leaving them would cost more.
  if (bytes > smallOutput && !allowance.take(1, bytes)) return deferCompletion(move, paused);
  effects.push({ kind: 'emit', event: { kind: 'completed', output: shown } });
  endWorkflow(move, 'completed', output, shown);
}

/** The workflow has not completed, although all its steps are settled: it does when it is asked to go on. */
function deferCompletion(move: Move, paused: boolean): void {
  moveTo(move.state, paused ? 'paused' : 'running');
  move.effects.push({ kind: 'update-header', what: 'status' });
  defer(move);
}
