import { endStep } from './end-step.ts';
import type { JoinOutcome } from './input.ts';
import { defer, errorText, keyOf, type Move } from './move.ts';
import { maxJoinedResult } from './payload-limits.ts';
import { stateOf, stepState } from './workflow-state.ts';

/** The results of a fan-out's items were put together, in the row of its step, or could not be. */
export function joinItems(move: Move, step: number, outcome: JoinOutcome): void {
  if (stateOf(move.state, step) !== stepState.fanning) return;
  switch (outcome) {
    case 'later':
      return defer(move);
    case 'joined': {
      const result = move.state.fanOuts.get(step)?.total === 0 ? '[]' : undefined;
      return endStep(move, step, { outcome: 'completed', row: 'open', result });
    }
    case 'too-large':
      return endStep(move, step, { outcome: 'failed', row: 'open', error: resultTooLarge(move, step) });
  }
}

function resultTooLarge(move: Move, step: number): string {
  const message = `The results of the items of the step "${keyOf(move, step)}" are larger than ${maxJoinedResult} bytes together. Let items give references to large data instead of the data.`;
  return errorText('result_too_large', message);
}
