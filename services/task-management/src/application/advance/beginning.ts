import { act } from './decisions.ts';
import { type Cause, maxResolvedPayload, maxResolvedWave } from './step-tasks.ts';
import type { Desk, StepStart } from './turn-desk.ts';
import { addressOf } from './workflow-run.ts';

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

export function oversized(key: string): Unstartable {
  return {
    type: 'fail',
    code: 'payload_too_large',
    message: `The payload of the step "${key}" is larger than ${maxResolvedPayload} bytes once its references are filled in. Pass smaller results on, or references to where the data lies.`,
  };
}

/** Whether so many bytes more are within bounds for one payload, and for what starts together in one workflow. */
export function mayCarry(
  desk: Desk,
  { run, step }: Pick<Beginner, 'run' | 'step'>,
  payload: string,
): Unstartable | true {
  if (payload.length > maxResolvedPayload) return oversized(addressOf(run, step));
  const carried = (desk.carried.get(run.id) ?? 0) + payload.length;
  desk.carried.set(run.id, carried);
  if (carried <= maxResolvedWave) return true;
  const message = `The steps that start together carry more than ${maxResolvedWave} bytes of payloads. Pass references to large data instead of the data.`;
  return { type: 'fail', code: 'payload_too_large', message };
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
