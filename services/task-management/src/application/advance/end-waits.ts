import { stateOf, stepState, undoState } from '../../domain/workflow/workflow-state.ts';
import type { MatchedWait, TakenWait, WaitKey } from '../ports/advance-store.ts';
import { receive } from './begin-steps.ts';
import type { Beginner } from './beginning.ts';
import { act } from './decisions.ts';
import { type Desk, refuseOutdated, runAt } from './turn-desk.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** A wait is over by its time: a sleep ends well, what was waited for did not come, or a step begins. */
export function fireWait(desk: Desk, wait: TakenWait): void {
  const waiting = findWaiting(desk, wait);
  if (waiting === undefined) return;
  const { run, step } = waiting;
  if (wait.kind === 'begin') return fireBeginning(desk, { run, step, causationId: undefined }, wait.key);
  if (stateOf(run.state, step) !== stepState.waiting) return refuseOutdated(desk, run);
  if (wait.kind === 'sleep') return receive(desk, { run, step, causationId: undefined }, 'null');
  act(desk, run, { type: 'settle-step', step, outcome: 'failed' }, { step, error: timedOut(run, step) });
}

function fireBeginning({ work }: Desk, beginner: Beginner, key: string | null): void {
  const { run, step } = beginner;
  const at = stateOf(run.state, step);
  if (key === 'undo') {
    if (run.state.compensation?.undo[step] === undoState.running) work.undos.push({ ...beginner, again: false });
  } else if (at === stepState.starting || at === stepState.prepared) {
    work.starts.push({ ...beginner, isPrepared: key === 'prepared' });
  }
}

/** An event came that a step waited for. */
export function matchWait(desk: Desk, wait: MatchedWait, payload: string): void {
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
