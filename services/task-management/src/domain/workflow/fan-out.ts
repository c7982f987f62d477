import { rowBytes } from './allowance.ts';
import { closeRest } from './close-items.ts';
import type { StepOutcome } from './effect.ts';
import { endStep } from './end-step.ts';
import { defer, errorText, keyOf, type Move } from './move.ts';
import { moveStep } from './step-life.ts';
import { deferItems } from './timers.ts';
import { type FanOut, isGoingOn, itemsAtWork, stepState } from './workflow-state.ts';

/**
 * A step fans out: as many of its items as the transaction may take on get a row, and as many of those start as may be at
 * work at once. The others follow in later transactions. `false`: not even its own row fits.
 */
export function startItems(move: Move, step: number, payloads: readonly string[]): boolean {
  const { graph, state, allowance, effects } = move;
  if (!allowance.take(1, rowBytes)) return false;
  const total = payloads.length;
  const laid = countFitting(move, 0, payloads);
  let largest = 0;
  for (const { length } of payloads) largest = Math.max(largest, length);
  const started = Math.min(graph.steps[step]?.each?.concurrency ?? total, laid);
  const items: FanOut = { total, laid, largest, started, completed: 0, failed: 0, unknown: 0, closed: false };
  moveStep(state, step, stepState.fanning);
  state.fanOuts.set(step, items);
  const own = {
    part: 'own',
    item: undefined,
    payload: JSON.stringify({ items: total, largest }),
    error: null,
  } as const;
  effects.push({ kind: 'count-items', step, items });
  effects.push({ kind: 'add-row', step, ...own, status: 'open' });
  effects.push({ kind: 'emit', event: { kind: 'step-waiting', step, timer: undefined } });
  addItems(move, step, payloads, { from: 0, laid, started });
  if (laid < total) deferItems(move, step, laid);
  if (total === 0) settleItems(move, step, items);
  return true;
}

/** Items from number `from` on get their rows. They are there before it is decided which of them start. */
export function layItems(move: Move, step: number, from: number, payloads: readonly string[]): void {
  const { state, effects } = move;
  const count = countFitting(move, from, payloads);
  const laid = from + count;
  if (laid < payloads.length) deferItems(move, step, laid);
  const items = state.fanOuts.get(step);
  if (count === 0 || items === undefined) return;
  addItems(move, step, payloads, { from, laid, started: from });
  if (items.closed || laid > items.total) return;
  items.laid = laid;
  effects.push({ kind: 'count-items', step, items });
  startMore(move, step, items, count);
}

/** How many of the items from this one on the transaction may take on. */
function countFitting({ allowance }: Move, from: number, payloads: readonly string[]): number {
  let count = 0;
  while (from + count < payloads.length) {
    if (!allowance.take(1, (payloads[from + count] as string).length + rowBytes)) break;
    count += 1;
  }
  return count;
}

interface LaidItems {
  readonly from: number;
  readonly laid: number;
  /** Those below this number start at once. */
  readonly started: number;
}

function addItems(
  { effects }: Move,
  step: number,
  payloads: readonly string[],
  { from, laid, started }: LaidItems,
): void {
  for (let item = from; item < laid; item += 1) {
    const payload = payloads[item] as string;
    if (item < started) effects.push({ kind: 'start-task', step, part: 'item', item, payload });
    else effects.push({ kind: 'add-row', step, part: 'item', item, status: 'blocked', payload, error: null });
  }
}

/** Ends one item. Costs the same however many there are. One that was skipped completed without a result. */
export function endItem(
  move: Move,
  step: number,
  outcome: StepOutcome,
  unknown: boolean,
  error: string | undefined,
): void {
  const fan = move.state.fanOuts.get(step);
  if (fan === undefined || itemsAtWork(fan) === 0) return;
  if (outcome === 'failed' || outcome === 'cancelled') {
    fan.failed += 1;
    if (unknown) fan.unknown += 1;
  } else fan.completed += 1;
  move.effects.push({ kind: 'count-items', step, items: fan });
  goOnWithItems(move, step, { error });
}

interface LastItem {
  readonly error: string | undefined;
}

/** Why the step fails. */
function itemsFailed(move: Move, step: number, last: string | undefined): string {
  const limit = move.graph.steps[step]?.each?.tolerate ?? 0;
  const text = errorText('items_failed', `More than ${limit} of the items of the step "${keyOf(move, step)}" failed.`);
  return last === undefined ? text : `${text.slice(0, -1)},"details":${last}}`;
}

function hasFailed({ graph }: Move, step: number, { failed }: FanOut): boolean {
  return failed > (graph.steps[step]?.each?.tolerate ?? 0);
}

/** All that started have ended, and no other will start. */
function haveEnded(fan: FanOut): boolean {
  return itemsAtWork(fan) === 0 && (fan.closed || fan.started === fan.total);
}

/** Starts as many items as may be at work beside those that are. `taken`: so many count for nothing any more. */
function startMore(move: Move, step: number, fan: FanOut, taken?: number): void {
  const { graph, state, allowance, effects } = move;
  if (fan.closed || !isGoingOn(state)) return;
  const free = (graph.steps[step]?.each?.concurrency ?? fan.total) - itemsAtWork(fan);
  const wanted = Math.min(free, fan.laid - fan.started);
  if (wanted <= 0) return;
  const count = taken === undefined ? allowance.fitting(wanted, fan.largest) : Math.min(wanted, taken);
  if (count > 0) {
    effects.push({ kind: 'start-items', step, from: fan.started, count });
    effects.push({ kind: 'count-items', step, items: fan });
    fan.started += count;
  }
  if (count < wanted) defer(move);
}

/**
 * Goes on with a fan-out as the items that have ended allow it, one or many: none starts any more where too many failed,
 * others may start, and with the last of them it ends. `last`: the item that has just ended, and why it failed.
 */
export function goOnWithItems(move: Move, step: number, last?: LastItem): void {
  const fan = move.state.fanOuts.get(step);
  if (fan === undefined) return;
  const mayStart = fan.started < fan.total && !fan.closed;
  if (mayStart && hasFailed(move, step, fan)) closeRest(move, step, fan);
  startMore(move, step, fan);
  if (haveEnded(fan)) settleItems(move, step, fan, last);
}

function settleItems(move: Move, step: number, fan: FanOut, last?: LastItem): void {
  const isCancelled = move.state.cancelRequested && (fan.failed > 0 || fan.closed);
  const failure = itemsFailed(move, step, last?.error);
  if (!isCancelled && hasFailed(move, step, fan)) {
    endStep(move, step, { outcome: 'failed', row: 'open', error: failure });
  } else if (isCancelled || fan.closed) {
    endStep(move, step, { outcome: 'cancelled', row: 'open', error: last && failure });
  } else move.effects.push({ kind: 'need', what: 'join', step, items: fan.total });
}
