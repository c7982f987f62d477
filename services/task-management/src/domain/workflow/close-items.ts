import type { Move } from './move.ts';
import { recordEnd } from './record-end.ts';
import { stopTimer } from './timers.ts';
import { extrasOf } from './instance.ts';
import { type FanOut, itemsAtWork } from './workflow-state.ts';

/** No further item of the step starts. With all of them started there is nothing to close: it ends as they do. */
export function closeItems(move: Move, step: number): void {
  const fan = move.state.fanOuts.get(step);
  if (fan === undefined || fan.closed || fan.started === fan.total) return;
  closeRest(move, step, fan);
  if (itemsAtWork(fan) === 0) recordEnd(move, step, { outcome: 'cancelled', row: 'open' });
}

/** Closes the items that have rows, former ones too; the others never get any. */
export function closeRest(move: Move, step: number, fan: FanOut): void {
  const { instance, allowance, effects } = move;
  const { started: from, total } = fan;
  fan.closed = true;
  fan.laid = total;
  effects.push({ kind: 'count-items', step, items: fan });
  stopTimer(move, step);
  if (allowance.mayClose(total - from)) {
    effects.push({ kind: 'close-items', step, from, total });
    return;
  }
  extrasOf(instance).closing.add(step);
  effects.push({ kind: 'defer', what: 'close', step, from, total });
}
