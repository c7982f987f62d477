import { allow, type Deciding, emit } from './deciding.ts';
import { isPassive, needsUndo } from './undo-order.ts';
import type { CompensationReason } from './workflow-event.ts';
import { undoState } from './workflow-state.ts';

/** Lays the undoing out and begins with the last steps. Costs the graph, once. */
export function beginCompensation(deciding: Deciding, reason: CompensationReason, step: number | undefined): void {
  emit(deciding, { type: 'workflow-compensating', reason, step });
  startUndos(deciding);
}

/** Begins every compensation that waits for nothing and has not begun. Costs the graph. */
export function startUndos(deciding: Deciding): void {
  const due = stepsToUndo(deciding);
  for (const step of due.slice(0, allow(deciding, due.length))) {
    emit(deciding, { type: 'undo-started', step, again: false });
  }
}

/** Steps whose turn it is to be undone, and that do not begin to be. Costs the graph. */
export function stepsToUndo({ graph, state }: Deciding): number[] {
  const { compensation } = state;
  if (compensation === undefined) return [];
  const due: number[] = [];
  for (let step = 0; step < state.steps.length; step++) {
    const isNext = compensation.waitingFor[step] === 0 && compensation.undo[step] === undoState.none;
    if (isNext && needsUndo(graph, state.steps, compensation, step)) due.push(step);
  }
  return due;
}

/** A step has ended, or everything that follows it is passed: it is undone once both hold. */
export function offerUndo(deciding: Deciding, offered: number): void {
  const { graph, state } = deciding;
  const offers = [offered];
  for (let step = offers.pop(); step !== undefined; step = offers.pop()) {
    const { compensation } = state;
    if (compensation?.waitingFor[step] !== 0 || compensation.undo[step] !== undoState.none) continue;
    if (isPassive(graph, state.steps, compensation, step)) {
      emit(deciding, { type: 'undo-passed', step });
      offers.push(...ready(deciding, step));
    } else if (needsUndo(graph, state.steps, compensation, step)) {
      emit(deciding, { type: 'undo-started', step, again: false });
    }
  }
}

/** Steps before a passed one that wait for nothing any more. */
function ready({ graph, state }: Deciding, step: number): number[] {
  const before = graph.predecessors.subarray(graph.predecessorStart[step], graph.predecessorStart[step + 1]);
  return [...before].filter((i) => state.compensation?.waitingFor[i] === 0);
}

/** A compensation's task ended. One that failed or was cancelled is stuck; what does not depend on it goes on. */
export function settleUndo(deciding: Deciding, step: number, outcome: 'completed' | 'failed' | 'cancelled'): void {
  if (deciding.state.compensation?.undo[step] !== undoState.running) return;
  if (outcome !== 'completed') return emit(deciding, { type: 'undo-stuck', step });
  emit(deciding, { type: 'undo-completed', step });
  for (const before of ready(deciding, step)) offerUndo(deciding, before);
}

/** Somebody says that a stuck step is undone. */
export function settleUndoByHand(deciding: Deciding, step: number): void {
  const { state } = deciding;
  emit(deciding, { type: 'undo-settled', step });
  for (const before of ready(deciding, step)) offerUndo(deciding, before);
  if (state.compensation?.stuck === 0 && (state.live > 0 || state.waiting > 0)) {
    emit(deciding, { type: 'workflow-compensating', reason: 'retried', step: undefined });
  }
}

/** What is stuck is tried again. */
export function retryStuck(deciding: Deciding): void {
  const { state } = deciding;
  emit(deciding, { type: 'workflow-compensating', reason: 'retried', step: undefined });
  const { compensation } = state;
  for (let step = 0; step < state.steps.length; step++) {
    if (compensation?.undo[step] === undoState.stuck) emit(deciding, { type: 'undo-started', step, again: true });
  }
}
