import { act } from './decisions.ts';
import type { Cause } from './step-tasks.ts';
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

/** Leaves a beginning to the next turn. What reminds of it is durable and due now. */
export function putOff(desk: Desk, { run, step, laid }: Pick<StepStart, 'run' | 'step' | 'laid'>): void {
  if (laid !== undefined) return leaveItems(desk, run, step, laid);
  // What it becomes is decided when it begins: until then it may still be held, or closed.
  act(desk, run, { type: 'hold', step });
  desk.writes.remind(run);
}

/** Leaves the rows of a fan-out's items from this one on to the next turn. */
export function leaveItems({ writes, context }: Desk, run: WorkflowRun, step: number, laid: number): void {
  const dueAt = context.emission.now;
  writes.beginWait(run, step, { kind: 'items', dueAt, afterMs: 0, name: null, key: String(laid) });
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
