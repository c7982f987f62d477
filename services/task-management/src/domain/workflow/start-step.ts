import { rowBytes } from './allowance.ts';
import { rowsOfChild, startableOf } from './child-definition.ts';
import { endStep } from './end-step.ts';
import { layItems, startItems } from './fan-out.ts';
import type { CompiledStep } from './graph.ts';
import type { Answer } from './input.ts';
import { defer, errorText, type Move } from './move.ts';
import { maxCompared } from './payload-limits.ts';
import { moveStep } from './step-life.ts';
import { type StepReading, StepValues, tooLarge } from './step-reading.ts';
import { preparedWork, type StepWork, workOf } from './step-work.ts';
import { payloadTooLarge, type UnfitWork } from './unfit-work.ts';
import { deferItems } from './timers.ts';
import { startWait } from './waits.ts';
import { isGoingOn, stateOf, stepState } from './workflow-state.ts';

type StartAnswer = Extract<Answer, { kind: 'start-step' }>;

/**
 * Starts a step whose reads are at hand, as what it is; or skips it, or fails it. One that was closed meanwhile does
 * not; one that is held up goes back, and starts again when the workflow is asked to go on.
 */
export function start(move: Move, answer: StartAnswer): void {
  const { state, allowance } = move;
  const { step, reading, laid } = answer;
  if (!isStarting(move, answer)) return;
  if (laid === undefined && !isGoingOn(state)) return takeBack(move, step);
  if (reading === undefined || allowance.isSpent) return deferStart(move, answer);
  const work = workOut(move, answer, reading);
  if (work !== tooLarge) startWork(move, answer, work);
  else if (answer.alone) fail(move, answer, payloadTooLarge(definitionOf(move, step).key));
  else move.effects.push({ kind: 'need', what: 'start', step, prepared: answer.prepared, laid, alone: true });
}

function isStarting({ state }: Move, { step, laid }: StartAnswer): boolean {
  if (laid !== undefined) return state.fanOuts.get(step)?.laid === laid;
  const at = stateOf(state, step);
  return at === stepState.ready || at === stepState.prepared;
}

function definitionOf({ graph }: Move, step: number): CompiledStep {
  return graph.steps[step] as CompiledStep;
}

/** One that is prepared stays so. */
function takeBack({ state }: Move, step: number): void {
  if (stateOf(state, step) === stepState.ready) moveStep(state, step, stepState.blocked);
}

/** Leaves the step, or further items of it, to a later transaction. */
function deferStart(move: Move, { step, laid }: StartAnswer): void {
  if (laid !== undefined) return deferItems(move, step, laid);
  takeBack(move, step);
  defer(move);
}

function workOut(move: Move, { step, prepared }: StartAnswer, reading: StepReading): StepWork | typeof tooLarge {
  const definition = definitionOf(move, step);
  if (prepared) {
    const result = reading.result(step, 'prepare');
    return result === tooLarge ? tooLarge : preparedWork(definition, result);
  }
  const values = new StepValues(move.instance, reading);
  const effort = { left: maxCompared };
  const work = workOf(definition, values.of, effort);
  if (values.oversized) return tooLarge;
  move.allowance.look(maxCompared - effort.left);
  return work;
}

const skipReasons = {
  condition: 'its condition does not hold',
  'source-absent': 'a step whose result it reads has none',
} as const;

function startWork(move: Move, answer: StartAnswer, work: StepWork): void {
  const { step } = answer;
  switch (work.kind) {
    case 'task':
      return startTask(move, answer, 'own', work.payload);
    case 'prepare':
      return startTask(move, answer, 'prepare', work.payload);
    case 'items':
      return startFanOut(move, answer, work.payloads);
    case 'child':
      return startChild(move, answer, work.input);
    case 'wait':
      return startWait(move, step, work.timer) ? undefined : deferStart(move, answer);
    case 'skip':
      return endStep(move, step, { outcome: 'skipped', row: 'absent', reason: skipReasons[work.reason] });
    case 'fail':
      return fail(move, answer, work);
  }
}

function fail(move: Move, { step, laid }: StartAnswer, { code, message }: Pick<UnfitWork, 'code' | 'message'>): void {
  const row = laid === undefined ? 'absent' : 'open';
  endStep(move, step, { outcome: 'failed', row, error: errorText(code, message) });
}

function startTask(move: Move, answer: StartAnswer, part: 'own' | 'prepare', payload: string): void {
  const { step } = answer;
  if (!move.allowance.take(1, payload.length + rowBytes)) return deferStart(move, answer);
  moveStep(move.state, step, part === 'own' ? stepState.running : stepState.preparing);
  move.effects.push({ kind: 'start-task', step, part, item: undefined, payload });
}

function startFanOut(move: Move, answer: StartAnswer, payloads: readonly string[]): void {
  const { step, laid } = answer;
  if (laid !== undefined) layItems(move, step, laid, payloads);
  else if (!startItems(move, step, payloads)) deferStart(move, answer);
}

function startChild(move: Move, answer: StartAnswer, input: string): void {
  const { instance, state, allowance, effects } = move;
  const { step, child } = answer;
  const definition = startableOf(definitionOf(move, step), instance.options.depth ?? 0, child);
  if ('code' in definition) return fail(move, answer, definition);
  const rows = rowsOfChild(definition);
  if (!allowance.take(rows, input.length + rows * rowBytes)) return deferStart(move, answer);
  moveStep(state, step, stepState.waiting);
  const row = { part: 'own', item: undefined, payload: 'null', error: null } as const;
  effects.push({ kind: 'add-row', step, ...row, status: 'open' });
  effects.push({ kind: 'emit', event: { kind: 'step-waiting', step, timer: undefined } });
  effects.push({ kind: 'start-child', step, definition, input });
}
