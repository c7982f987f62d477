import type { Move } from './move.ts';
import { extrasOf } from './instance.ts';
import type { Timer } from './wait-kinds.ts';

export function startTimer({ instance, effects }: Move, step: number, timer: Timer): void {
  extrasOf(instance).timers.add(step);
  effects.push({ kind: 'start-timer', step, timer });
}

/** Nothing happens to a step that has none. */
export function stopTimer({ instance, effects }: Move, step: number): void {
  if (instance.extras?.timers.delete(step)) effects.push({ kind: 'stop-timer', step });
}

/** Leaves the rows of a fan-out's items from this one on to a later transaction. */
export function deferItems({ instance, effects }: Move, step: number, laid: number): void {
  extrasOf(instance).timers.add(step);
  effects.push({ kind: 'defer', what: 'items', step, laid });
}
