import { moveStep } from '../../domain/workflow/step-life.ts';
import { stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import { act } from './decisions.ts';
import { type Cause, maxResolvedWave } from './step-tasks.ts';
import type { Desk, StepStart } from './turn-desk.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** A step of a run, and the event that brought it here. */
export type Beginner = Pick<StepStart, 'run' | 'step' | 'causationId'>;

/** Why a step cannot begin. */
export interface Unstartable {
  readonly type: 'fail';
  readonly code: string;
  readonly message: string;
}

export function failBeginning(
  desk: Desk,
  { run, step, causationId }: Beginner,
  { code, message }: Pick<Unstartable, 'code' | 'message'>,
): void {
  const error = JSON.stringify({ code, message });
  act(desk, run, { type: 'settle-step', step, outcome: 'failed' }, { step, how: 'beginning', error, causationId });
}

/**
 * Whether so many bytes more are within bounds for what starts together in one workflow. `later`: others of the turn
 * carry too much already.
 */
export function mayCarry(desk: Desk, { run }: Pick<Beginner, 'run'>, payloads: readonly string[]): 'fits' | 'later' {
  const carried = desk.carried.get(run.id) ?? 0;
  const bytes = payloads.reduce((sum, { length }) => sum + length, 0);
  if (carried > 0 && carried + bytes > maxResolvedWave) return 'later';
  desk.carried.set(run.id, carried + bytes);
  return 'fits';
}

/** Leaves a beginning to the next turn: the step stays ready, and what reminds of it is durable and due now. */
export function putOff({ writes, context }: Desk, { run, step, isPrepared }: StepStart): void {
  const at = stateOf(run.state, step);
  // What it becomes is decided when it begins: until then it may still be held.
  if (at === stepState.running || at === stepState.preparing) moveStep(run.state, step, stepState.starting);
  remind(writes, run, step, isPrepared ? 'prepared' : null, context.emission.now);
}

/** Leaves the beginning of a compensation to the next turn. */
export function putOffUndo({ writes, context }: Desk, { run, step }: Beginner): void {
  remind(writes, run, step, 'undo', context.emission.now);
}

function remind(writes: Desk['writes'], run: WorkflowRun, step: number, key: string | null, now: number): void {
  writes.beginWait(run, step, { kind: 'begin', dueAt: now, afterMs: 0, name: null, key });
}

/** Asks the workflow whether the step may begin now. */
export function hasBegun(
  desk: Desk,
  { run, step, causationId }: Beginner,
  as: 'running' | 'preparing' | 'waiting',
): boolean {
  const decision = act(desk, run, { type: 'begin', step, as }, { causationId });
  return !('refusal' in decision) && decision.some(({ type }) => type === 'step-begun');
}

export function causeOf(desk: Desk, { causationId }: Pick<Beginner, 'causationId'>): Cause {
  return { now: desk.context.emission.now, causationId };
}
