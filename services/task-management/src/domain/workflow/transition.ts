import { type Allowance, unlimited } from './allowance.ts';
import { cancelChildren, endChild } from './children.ts';
import { compensateStep, endCompensation, resolveCompensation } from './compensate.ts';
import { complete, conclude, failWith } from './conclude.ts';
import type { Effect } from './effect.ts';
import { endStep } from './end-step.ts';
import { endItem } from './fan-out.ts';
import type { Input, PartEnd, RefusedInput } from './input.ts';
import type { Instance } from './instance.ts';
import { joinItems } from './join-items.ts';
import type { Move } from './move.ts';
import { cancel, catchUp, goOn, pause, resume } from './operate.ts';
import { endPreparing, goOnLaying } from './prepare-step.ts';
import { readySteps, startSteps } from './ready-steps.ts';
import { refusalOf } from './refusals.ts';
import { retry, runAgain } from './retry-from.ts';
import { moveOnto } from './retry-onto.ts';
import { start } from './start-step.ts';
import { fireTimer, receive, receiveEvent, receiveSignal } from './waits.ts';

/**
 * Moves a workflow by one input, in place, and gives what follows from it as data; a refusal leaves it as it was.
 * Deterministic: no clock, no ids, no I/O. The end of a step costs its degree, and that of an item the same for any
 * number of items; only the beginning of a compensation, a cancel, a resume and a retry cost the graph.
 *
 * 1. A step starts when everything it depends on is settled (completed, skipped, or failed where that is tolerated),
 *    and at most once.
 * 2. The first step that fails for good or is cancelled by itself ends the workflow: it fails, or what was done is
 *    compensated. What waits ends at once, tasks go on to their own end, nothing starts.
 * 3. After a cancel nothing starts either; the workflow is cancelled when nothing of it is left, unless every step is
 *    settled: then the request came too late and the workflow completed.
 * 4. While it is paused nothing starts. What ends is recorded; its consequences follow when it is resumed.
 * 5. What is too much for the `allowance` is deferred: it stands as if it had not been decided.
 */
export function transition(
  instance: Instance,
  input: Input,
  allowance: Allowance = unlimited,
): readonly Effect[] | RefusedInput {
  const { graph, state } = instance;
  const move: Move = { instance, graph, state, allowance, effects: [] };
  const refusal = refusalOf(move, input);
  if (refusal) return refusal;
  if (input.kind === 'retry') return retryWith(move, input);
  const moveBy = moves[input.kind] as (move: Move, input: Input) => void;
  moveBy(move, input);
  // The status says already what the workflow comes to.
  if (input.kind !== 'complete' && input.kind !== 'error-found') conclude(move);
  return move.effects;
}

type Moves = { readonly [T in Input['kind']]: (move: Move, input: Extract<Input, { readonly kind: T }>) => void };

/** What each kind of input does. One without an entry does not compile. */
const moves: Omit<Moves, 'retry'> = {
  start: (move) => startSteps(move, readySteps(move)),
  'task-ended': (move, input) => endTask(move, input),
  'prepare-ended': (move, input) => endPreparing(move, input),
  'item-ended': (move, { step, outcome, unknown, error }) => endItem(move, step, outcome, unknown, error),
  'compensation-ended': (move, { step, outcome, error }) => endCompensation(move, step, outcome, error),
  'timer-fired': (move, { step }) => fireTimer(move, step),
  'event-came': (move, { step, payload }) => receiveEvent(move, step, payload),
  'signal-came': (move, { name, payload }) => receiveSignal(move, name, payload),
  'child-ended': (move, input) => endChild(move, input),
  cancel: (move, { compensate, reason }) => cancel(move, compensate, reason),
  pause: (move, { reason }) => pause(move, reason),
  resume: (move) => resume(move),
  'resolve-compensation': (move, { step, reason }) => resolveCompensation(move, step, reason),
  'catch-up': (move) => catchUp(move),
  'go-on': (move) => goOn(move),
  'go-on-items': (move, { step, laid }) => goOnLaying(move, step, laid),
  'go-on-cancelling': (move, { step, compensate }) => cancelChildren(move, step, compensate),
  'start-step': (move, input) => start(move, input),
  compensate: (move, input) => compensateStep(move, input),
  complete: (move, input) => complete(move, input),
  'error-found': (move, { step, then, error }) => failWith(move, then, step, error),
  'items-joined': (move, { step, outcome }) => joinItems(move, step, outcome),
  'signal-taken': (move, { step, payload }) => receive(move, step, payload),
};

function endTask(move: Move, { step, outcome, unknown, error }: PartEnd): void {
  endStep(move, step, { outcome, unknown, row: 'recorded', error });
}

type Retry = Extract<Input, { kind: 'retry' }>;

function retryWith(move: Move, { from, onto }: Retry): readonly Effect[] | RefusedInput {
  const { instance } = move;
  if (onto === undefined) {
    retry(move, from === undefined ? undefined : move.graph.indexOf.get(from));
    conclude(move);
    return move.effects;
  }
  const moved = moveOnto(move.graph, move.state, onto, from);
  if ('refusal' in moved) return moved;
  instance.graph = onto;
  instance.state = moved.state;
  const next: Move = { ...move, graph: onto, state: moved.state };
  runAgain(next, moved.reset);
  conclude(next);
  return next.effects;
}
