import { commitBefore } from './compensation-order.ts';
import type { StepOutcome } from './effect.ts';
import type { Move } from './move.ts';
import { endStepState } from './step-life.ts';
import { stopTimer } from './timers.ts';
import { stepState, type StepState } from './workflow-state.ts';

/** Says how a step ends, and what of it is recorded. Texts are JSON. */
export interface StepEnd {
  readonly outcome: StepOutcome;
  /** Nobody knows how much of its work was done; of a fan-out its items say it. */
  readonly unknown?: boolean;
  /** `recorded`: a row says so already. `absent`: it ends as it was to start, and has no row of its own. */
  readonly row: 'recorded' | 'absent' | 'open';
  readonly error?: string | undefined;
  readonly result?: string | undefined;
  /** Why it is skipped. */
  readonly reason?: string;
}

/** A step ended, and nothing follows from it but what is written of it. */
export function recordEnd(move: Move, step: number, end: StepEnd): void {
  const { graph, state } = move;
  const fan = state.fanOuts.get(step);
  const unknown = fan ? fan.completed + fan.unknown > 0 : end.unknown === true;
  endStepState(graph, state, step, stateAfter(end.outcome, unknown));
  if (end.outcome === 'completed' && state.compensation && graph.steps[step]?.commit) {
    commitBefore(graph, state.compensation.committed, step);
  }
  writeEnd(move, step, end, unknown);
}

function stateAfter(outcome: StepOutcome, unknown: boolean): StepState {
  switch (outcome) {
    case 'completed':
      return stepState.completed;
    case 'skipped':
      return stepState.skipped;
    case 'failed':
      return unknown ? stepState.failedUnknown : stepState.failed;
    case 'cancelled':
      return unknown ? stepState.cancelledUnknown : stepState.cancelled;
  }
}

function writeEnd(move: Move, step: number, end: StepEnd, unknown: boolean): void {
  const { graph, effects } = move;
  const { outcome, row, result = null, error = null, reason = 'its worker found nothing to do' } = end;
  if (outcome === 'skipped') effects.push({ kind: 'emit', event: { kind: 'step-skipped', step, reason } });
  if (row === 'recorded') return;
  if (row === 'absent' && outcome !== 'completed') {
    const own = { part: 'own', item: undefined, payload: 'null' } as const;
    effects.push({ kind: 'add-row', step, ...own, status: outcome, error });
  } else {
    const outcomeUnknown = unknown && (outcome === 'failed' || outcome === 'cancelled');
    effects.push({ kind: 'end-row', step, status: outcome, result, error, outcomeUnknown });
    stopTimer(move, step);
  }
  const kind = graph.steps[step]?.kind;
  if (kind === 'each') effects.push({ kind: 'forget-items', step });
  if (kind === 'task' || outcome === 'skipped') return;
  effects.push({ kind: 'emit', event: { kind: 'step-settled', step, status: outcome, error } });
}
