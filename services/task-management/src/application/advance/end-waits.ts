import { stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import type { TakenWait, WaitKey } from '../ports/advance-store.ts';
import { restOfItems } from '../workflow-record.ts';
import { receive } from './begin-steps.ts';
import { act, requestChildCancel } from './decisions.ts';
import { keep } from './kept-inputs.ts';
import { type Desk, parkedAt, refuseOutdated, runAt } from './turn-desk.ts';
import { besideOf, itemKeys, type WorkflowRun } from './workflow-run.ts';

/** An earlier turn left it, because it was too much. */
export function isLeft({ kind }: TakenWait): boolean {
  return kind === 'begin' || kind === 'items' || kind === 'cancel';
}

/** It is about rows alone: the workflow is not looked at, which may have a million of them. */
export function isOfRows({ kind }: TakenWait): boolean {
  return kind === 'close' || kind === 'cancel-tasks' || kind === 'discard';
}

/** The next page of such rows, but of those that were given up: they are gone through after all else. */
export function goOnWithRows(desk: Desk, { tenantId, workflowId: id, kind, step, key, name }: TakenWait): void {
  if (kind === 'discard') return;
  if (kind === 'cancel-tasks') return desk.writes.cancelMoreTasks({ tenantId, id, reason: name, after: key });
  const [from, total] = [Number(key), Number(name)];
  const stepKey = step.slice(0, -restOfItems.length);
  const run = runAt(desk, { tenantId, id });
  const index = run?.graph.indexOf.get(stepKey);
  // Its row is gone, so that a run which was rebuilt just now does not know of it.
  if (run && index !== undefined) besideOf(run).closing.add(index);
  const { closedItems } = desk.budget.bounds;
  const end = Math.min(total, from + Math.max(0, closedItems - desk.closed));
  desk.closed += end - from;
  desk.writes.closeItems(itemKeys({ tenantId, id }, stepKey, { from, end }));
  if (end < total) desk.writes.leaveClosing({ tenantId, id }, stepKey, { from: end, total });
}

/** What an earlier turn left goes on. */
export function goOn(desk: Desk, wait: TakenWait): void {
  if (keepsWait(desk, wait)) return;
  const run = runAt(desk, { tenantId: wait.tenantId, id: wait.workflowId });
  if (run === undefined) return;
  if (wait.kind === 'cancel') return cancelRest(desk, run, wait);
  if (wait.kind === 'items') return goOnWithItems(desk, run, wait);
  if (run.beside) run.beside.reminded = false;
  act(desk, run, { type: 'continue', allowance: desk.budget.allowance('left') }, { share: 'left' });
}

function goOnWithItems({ work }: Desk, run: WorkflowRun, { step: key, key: laid }: TakenWait): void {
  const step = run.graph.indexOf.get(key);
  if (step === undefined) return;
  run.beside?.waits.delete(step);
  const isPrepared = run.graph.steps[step]?.mapped === true;
  work.starts.push({ run, step, isPrepared, laid: Number(laid), share: 'left', causationId: undefined });
}

/** Children from this step on are asked to end. Those that have ended, or were asked, are not touched by it. */
function cancelRest(desk: Desk, run: WorkflowRun, { key: from, name }: TakenWait): void {
  for (let step = Number(from); step < run.graph.steps.length; step += 1) {
    if (run.graph.steps[step]?.child?.onParentClose !== 'cancel') continue;
    if (stateOf(run.state, step) !== stepState.waiting) continue;
    requestChildCancel(desk, { run, step, compensate: name === 'compensate' }, 'left');
  }
}

/** A wait is over by its time: a sleep ends well, or what was waited for did not come. */
export function fireWait(desk: Desk, wait: TakenWait): void {
  if (keepsWait(desk, wait)) return;
  const waiting = findWaiting(desk, wait);
  if (waiting === undefined) return;
  const { run, step } = waiting;
  if (stateOf(run.state, step) !== stepState.waiting) return refuseOutdated(desk, run);
  if (wait.kind === 'sleep') return receive(desk, { run, step, causationId: undefined }, 'null');
  act(desk, run, { type: 'settle-step', step, outcome: 'failed' }, { step, error: timedOut(run, step) });
}

/** Of a workflow that is stuck, it is over when the workflow goes on. */
function keepsWait(desk: Desk, { tenantId, workflowId, step, kind: wait, key, name }: TakenWait): boolean {
  const parked = parkedAt(desk, { tenantId, id: workflowId });
  if (parked) keep(desk, parked, { kind: 'wait', step, wait, key, name });
  return parked !== undefined;
}

/** An event came that a step waited for. */
export function matchWait(desk: Desk, wait: WaitKey, payload: string): void {
  const parked = parkedAt(desk, { tenantId: wait.tenantId, id: wait.workflowId });
  if (parked) return keep(desk, parked, { kind: 'event', step: wait.step, payload });
  const waiting = findWaiting(desk, wait);
  if (waiting === undefined) return;
  const { run, step } = waiting;
  if (stateOf(run.state, step) !== stepState.waiting) return refuseOutdated(desk, run);
  receive(desk, { run, step, causationId: undefined }, payload);
}

/** The step of a wait whose row is gone already. */
function findWaiting(desk: Desk, wait: WaitKey): { run: WorkflowRun; step: number } | undefined {
  const run = runAt(desk, { tenantId: wait.tenantId, id: wait.workflowId });
  const step = run?.graph.indexOf.get(wait.step);
  if (run === undefined || step === undefined) return undefined;
  run.beside?.waits.delete(step);
  return { run, step };
}

function timedOut(run: WorkflowRun, step: number): string {
  const { signal, event } = run.graph.steps[step] ?? {};
  const what = signal ? `signal "${signal.name}"` : `event "${event?.name}"`;
  const timeoutMs = signal?.timeoutMs ?? event?.timeoutMs;
  const message = `The ${what} did not come within ${timeoutMs} ms.`;
  return JSON.stringify({ code: 'wait_timed_out', message, details: { timeoutMs } });
}
