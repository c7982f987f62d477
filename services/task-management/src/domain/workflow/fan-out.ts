import { settleStep } from './decide-step-settled.ts';
import { allow, type Deciding, emit } from './deciding.ts';
import type { StepOutcome } from './workflow-command.ts';
import { type FanOut, isGoingOn, itemsAtWork } from './workflow-state.ts';

/** One item ended. Costs the same however many there are. One that was skipped completed without a result. */
export function settleItem(deciding: Deciding, step: number, outcome: StepOutcome, unknown: boolean): void {
  const fan = deciding.state.fanOuts.get(step);
  if (fan === undefined || itemsAtWork(fan) === 0) return;
  const failed = outcome === 'failed' || outcome === 'cancelled';
  emit(deciding, { type: 'item-ended', step, outcome: failed ? 'failed' : 'completed', unknown: failed && unknown });
  goOnWithItems(deciding, step);
}

function hasFailed({ graph }: Deciding, step: number, { failed }: FanOut): boolean {
  return failed > (graph.steps[step]?.each?.tolerate ?? 0);
}

/** Starts as many items as may be at work beside those that are. */
export function continueItems(deciding: Deciding, step: number): void {
  const { graph, state } = deciding;
  const fan = state.fanOuts.get(step);
  if (fan === undefined || fan.closed || !isGoingOn(state)) return;
  const free = (graph.steps[step]?.each?.concurrency ?? fan.total) - itemsAtWork(fan);
  const count = allow(deciding, Math.min(free, fan.laid - fan.started), fan.largest);
  if (count > 0) emit(deciding, { type: 'items-started', step, from: fan.started, count });
}

/** Rows of further items are there. Those of a fan-out that was closed meanwhile never come to be. */
export function layItems(deciding: Deciding, step: number, count: number): void {
  const fan = deciding.state.fanOuts.get(step);
  if (fan === undefined || fan.closed || fan.laid + count > fan.total) return;
  emit(deciding, { type: 'items-laid', step, count });
  continueItems(deciding, step);
}

/**
 * Goes on with a fan-out as the items that have ended allow it, one or many: none starts any more where too many failed,
 * others may start, and with the last of them it ends.
 */
export function goOnWithItems(deciding: Deciding, step: number): void {
  const fan = deciding.state.fanOuts.get(step);
  if (fan === undefined) return;
  const mayStart = fan.started < fan.total && !fan.closed;
  if (mayStart && hasFailed(deciding, step, fan)) emit(deciding, { type: 'items-closed', step, laid: fan.laid });
  continueItems(deciding, step);
  if (itemsAtWork(fan) === 0 && (fan.closed || fan.started === fan.total)) settleItems(deciding, step, fan);
}

/** All that started have ended, and no other will start. */
export function settleItems(deciding: Deciding, step: number, fan: FanOut): void {
  if (deciding.state.cancelRequested && (fan.failed > 0 || fan.closed)) settleStep(deciding, step, 'cancelled', false);
  else if (hasFailed(deciding, step, fan)) settleStep(deciding, step, 'failed', false);
  else if (fan.closed) settleStep(deciding, step, 'cancelled', false);
  else emit(deciding, { type: 'items-settled', step });
}
