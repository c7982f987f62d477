import { cancelChild } from './close-steps.ts';
import type { StepOutcome } from './effect.ts';
import { endStep } from './end-step.ts';
import type { Input } from './input.ts';
import { errorText, type Move } from './move.ts';
import { maxJoinedResult } from './payload-limits.ts';
import { stateOf, stepState, type WorkflowState } from './workflow-state.ts';
import type { WorkflowStatus } from './workflow-status.ts';

type ChildEnded = Extract<Input, { kind: 'child-ended' }>;

/** The step that started a workflow ends with it. One that does not wait for it any more is left alone. */
export function endChild(move: Move, { step, child, status, output }: ChildEnded): void {
  if (stateOf(move.state, step) !== stepState.waiting) return;
  const outcome = childOutcome(move.state, status);
  if (outcome !== 'completed') {
    const error = outcome === 'cancelled' ? undefined : childFailed(child, status);
    endStep(move, step, { outcome, row: 'open', error });
  } else if (output === undefined)
    endStep(move, step, { outcome: 'failed', row: 'open', error: outputTooLarge(child) });
  else endStep(move, step, { outcome, row: 'open', result: output });
}

/**
 * Translates the final status of a child for the step that started it: the request to end that it followed is no
 * failure.
 */
export function childOutcome(parent: WorkflowState, child: WorkflowStatus): StepOutcome {
  if (child === 'completed') return 'completed';
  const goesOn = parent.status === 'running' || parent.status === 'waiting' || parent.status === 'paused';
  const askedToEnd = parent.cancelRequested || !goesOn;
  return askedToEnd && (child === 'cancelled' || child === 'compensated') ? 'cancelled' : 'failed';
}

function outputTooLarge({ id, name }: ChildEnded['child']): string {
  const message = `The output of the workflow "${name}" is larger than ${maxJoinedResult} bytes. Name a step as its output that gives less.`;
  return errorText('result_too_large', message, { childId: id });
}

function childFailed({ id, name }: ChildEnded['child'], status: string): string {
  const message = `The workflow "${name}" that the step started ended as ${status}.`;
  return errorText('child_failed', message, { childId: id, status });
}

/** Children from this step on are asked to end. Those that have ended, or were asked, are not touched by it. */
export function cancelChildren(move: Move, from: number, compensate: boolean): void {
  const { graph, state } = move;
  for (let step = from; step < graph.steps.length; step += 1) {
    if (graph.steps[step]?.child?.onParentClose !== 'cancel') continue;
    if (stateOf(state, step) === stepState.waiting) cancelChild(move, step, compensate);
  }
}
