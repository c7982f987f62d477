import { type Beginning, beginPrepared, beginStep, payloadTooLarge } from '../../domain/workflow/begin-step.ts';
import type { CompiledStep } from '../../domain/workflow/graph.ts';
import { maxCompared } from '../../domain/workflow/payload-limits.ts';
import { stateOf, type StepState, stepState } from '../../domain/workflow/workflow-state.ts';
import { tooLarge } from '../ports/advance-store.ts';
import { workflowStepWaiting } from '../workflow-events.ts';
import type { NewWait } from '../workflow-record.ts';
import { beginItems } from './begin-items.ts';
import { type Beginner, causeOf, failBeginning, hasBegun, putOff } from './beginning.ts';
import { act } from './decisions.ts';
import { type ChildDefinitions, rowsOfChild, startChild } from './child-workflows.ts';
import { onBehalf } from './on-behalf.ts';
import { needsOf, readingOf, type ResultNeed } from './step-results.ts';
import { makeOpenRow, makeTask } from './step-tasks.ts';
import { rowBytes } from './turn-budget.ts';
import type { Desk, StepStart } from './turn-desk.ts';
import { addressOf, ownRow, type RowRole } from './workflow-run.ts';

/**
 * Begins the steps of a round, as many as the turn may take on. Where the results that they read are too much for one
 * turn together, one step is tried by itself, and the others are left to the next turn.
 */
export async function beginSteps(
  desk: Desk,
  starts: readonly StepStart[],
  definitions: ChildDefinitions,
): Promise<void> {
  let alone: StepStart | undefined;
  for (const start of starts) {
    onBehalf(desk, start.run, () => {
      if (!isStarting(start)) return;
      const beginning = desk.budget.isSpent(start.share) ? tooLarge : workOut(desk, start);
      if (beginning !== tooLarge) begin(desk, start, beginning, definitions);
      else if (desk.readAlone || desk.budget.isSpent(start.share)) putOff(desk, start);
      else {
        desk.readAlone = true;
        alone = start;
      }
    });
  }
  if (alone !== undefined) await beginAlone(desk, alone, definitions);
}

async function beginAlone(desk: Desk, start: StepStart, definitions: ChildDefinitions): Promise<void> {
  await desk.results.reload(needsOfStart(start));
  onBehalf(desk, start.run, () => {
    if (!isStarting(start)) return;
    const beginning = workOut(desk, start);
    if (beginning !== tooLarge) begin(desk, start, beginning, definitions);
    else failBeginning(desk, start, payloadTooLarge(addressOf(start.run, start.step)));
  });
}

export function needsOfStart({ run, step, isPrepared }: StepStart): ResultNeed[] {
  if (isPrepared) return [{ run, address: addressOf(run, step, { role: 'prepare' }) }];
  return needsOf(run, run.graph.steps[step]?.reads ?? []);
}

/** Nothing in the turn has held or closed it meanwhile. */
function isStarting({ run, step, laid }: StepStart): boolean {
  const at = stateOf(run.state, step);
  if (laid !== undefined) return run.state.fanOuts.get(step)?.laid === laid;
  return isReady(at) || at === stepState.running || at === stepState.preparing;
}

/** The workflow is to be asked whether it may begin; a plain task was started with the decision. */
function isReady(at: StepState): boolean {
  return at === stepState.starting || at === stepState.prepared;
}

function begin(desk: Desk, start: StepStart, beginning: Beginning, definitions: ChildDefinitions): void {
  switch (beginning.type) {
    case 'skip':
      skip(desk, start, beginning.reason);
      return;
    case 'fail':
      return failBeginning(desk, start, beginning);
    case 'task':
      return beginTask(desk, start, beginning.payload, ownRow);
    case 'prepare':
      return beginTask(desk, start, beginning.payload, { role: 'prepare' });
    case 'items':
      return beginItems(desk, start, beginning.payloads);
    case 'child':
      return beginChild(desk, start, beginning.input, definitions);
    default:
      return beginWait(desk, start, beginning);
  }
}

const skipReasons = {
  condition: 'its condition does not hold',
  'source-absent': 'a step whose result it reads has none',
} as const;

function skip(desk: Desk, { run, step, causationId }: StepStart, reason: keyof typeof skipReasons): void {
  const skipReason = skipReasons[reason];
  act(
    desk,
    run,
    { type: 'settle-step', step, outcome: 'skipped' },
    { step, how: 'beginning', skipReason, causationId },
  );
}

function workOut(desk: Desk, start: StepStart): Beginning | typeof tooLarge {
  const { run, step, isPrepared } = start;
  const definition = run.graph.steps[step] as CompiledStep;
  if (isPrepared) {
    const result = desk.results.of(run, addressOf(run, step, { role: 'prepare' }));
    return result === tooLarge ? tooLarge : beginPrepared(definition, result);
  }
  const reading = readingOf(run, desk.results);
  const effort = { left: maxCompared };
  const beginning = beginStep(definition, reading.valueOf, effort);
  if (reading.oversized) return tooLarge;
  desk.budget.look(maxCompared - effort.left);
  return beginning;
}

/** Whether the step may begin and carry its payload now; otherwise it is left to the next turn. */
function carries(desk: Desk, start: StepStart, payload: string, rows = 1): boolean {
  if (desk.budget.take(start.share, { rows, bytes: payload.length + rows * rowBytes })) return true;
  putOff(desk, start);
  return false;
}

function beginTask(desk: Desk, start: StepStart, payload: string, role: RowRole): void {
  const { run, step } = start;
  if (!carries(desk, start, payload)) return;
  const as = role.role === 'prepare' ? 'preparing' : 'running';
  if (isReady(stateOf(run.state, step)) && !hasBegun(desk, start, as)) return;
  desk.writes.start(run, addressOf(run, step, role), makeTask(run, step, role, payload, causeOf(desk, start)));
}

function beginChild(desk: Desk, start: StepStart, input: string, definitions: ChildDefinitions): void {
  const { run, step } = start;
  const startable = definitions.find(run, step);
  if ('code' in startable) return failBeginning(desk, start, startable);
  if (!carries(desk, start, input, rowsOfChild(startable))) return;
  if (!hasBegun(desk, start, 'waiting')) return;
  desk.writes.addRow(run, addressOf(run, step), makeOpenRow(run, step, 'null', causeOf(desk, start)));
  startChild(desk, start, startable, input);
}

/** Longest payload of a signal that the edge lets in. */
const maxSignalPayload = 256 * 1024;

type Wait = Extract<Beginning, { type: 'sleep' | 'sleep-until' | 'signal' | 'event' }>;

function beginWait(desk: Desk, start: StepStart, wait: Wait): void {
  const { run, step, causationId } = start;
  // A signal that is kept for the step becomes its result.
  const isKept = wait.type === 'signal' && (run.beside?.signals.get(wait.name) ?? 0) > 0;
  const bytes = (isKept ? maxSignalPayload : 0) + 2 * rowBytes;
  if (!desk.budget.take(start.share, { rows: 2, bytes })) return putOff(desk, start);
  if (!hasBegun(desk, start, 'waiting')) return;
  const { emission } = desk.context;
  const stored = waitOf(wait, emission.now);
  desk.writes.addRow(run, addressOf(run, step), makeOpenRow(run, step, 'null', causeOf(desk, start)));
  desk.writes.beginWait(run, step, stored);
  desk.writes.events.push(workflowStepWaiting(emission, run, causationId, waitingStep(addressOf(run, step), stored)));
  if (stored.kind !== 'signal') return;
  const name = stored.name ?? '';
  const kept = run.beside?.signals.get(name) ?? 0;
  if (kept > 0) {
    run.beside?.signals.set(name, kept - 1);
    desk.work.signals.push({ run, step, name, causationId });
    return;
  }
  const payload = desk.writes.takeKeptSignal(run, name);
  if (payload !== undefined) receive(desk, start, payload);
}

/** The step has what it waited for. */
export function receive(desk: Desk, { run, step, causationId }: Beginner, payload: string): void {
  act(desk, run, { type: 'settle-step', step, outcome: 'completed' }, { step, result: payload, causationId });
}

export function waitOf(wait: Wait, now: number): Omit<NewWait, 'tenantId' | 'workflowId' | 'step'> {
  const after = (afterMs: number) => ({ dueAt: now + afterMs, afterMs });
  switch (wait.type) {
    case 'sleep':
      return { kind: 'sleep', ...after(wait.forMs), name: null, key: null };
    case 'sleep-until':
      return { kind: 'sleep', dueAt: wait.until, afterMs: null, name: null, key: null };
    case 'signal':
      return { kind: 'signal', ...after(wait.timeoutMs), name: wait.name, key: null };
    case 'event':
      return { kind: 'event', ...after(wait.timeoutMs), name: wait.name, key: wait.key };
  }
}

export function waitingStep(step: string, { kind, name, dueAt }: Pick<NewWait, 'kind' | 'name' | 'dueAt'>) {
  return { step, kind: kind as 'sleep' | 'signal' | 'event', waitsFor: name ?? undefined, until: dueAt };
}
