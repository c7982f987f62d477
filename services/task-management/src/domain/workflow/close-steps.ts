import { type Deciding, emit } from './deciding.ts';
import { itemsAtWork, stepState, type StepState } from './workflow-state.ts';

/**
 * Nothing begins any more: what waits ends or is asked to, what has not begun goes back, and of fan-outs no further
 * item starts. Tasks go on to their own end. Costs the graph, once. `compensate` is passed on to children.
 */
export function closeOpenSteps(deciding: Deciding, compensate: boolean): void {
  const { state } = deciding;
  for (let step = 0; step < state.steps.length; step++) {
    switch (state.steps[step] as StepState) {
      case stepState.starting:
      case stepState.prepared:
        emit(deciding, { type: 'step-held', step });
        break;
      case stepState.waiting:
        closeWait(deciding, step, compensate);
        break;
      case stepState.fanning:
        closeItems(deciding, step);
        break;
      default:
    }
  }
}

function closeWait(deciding: Deciding, step: number, compensate: boolean): void {
  if (deciding.graph.steps[step]?.child?.onParentClose === 'cancel') {
    emit(deciding, { type: 'child-cancel-requested', step, compensate });
  } else emit(deciding, { type: 'step-cancelled', step, unknown: false });
}

/** With all items started there is nothing to close: the step ends as they do. */
function closeItems(deciding: Deciding, step: number): void {
  const fan = deciding.state.fanOuts.get(step);
  if (fan === undefined || fan.closed || fan.started === fan.total) return;
  emit(deciding, { type: 'items-closed', step, laid: fan.laid });
  if (itemsAtWork(fan) > 0) return;
  emit(deciding, { type: 'step-cancelled', step, unknown: fan.completed + fan.unknown > 0 });
}
