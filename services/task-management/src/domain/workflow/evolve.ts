import type { CompiledGraph, CompiledStep } from './graph.ts';
import { endStep, moveStep, resetSteps, startsAs } from './step-life.ts';
import { keepBefore, layOutUndo, passStep } from './undo-order.ts';
import type { WorkflowEvent } from './workflow-event.ts';
import { stepState, undoState, type UndoState, type WorkflowState } from './workflow-state.ts';
import { workflowTransitions } from './workflow-status.ts';

/** Applies an event, in place. One that is impossible where the workflow stands changes nothing. */
export function evolve(graph: CompiledGraph, state: WorkflowState, event: WorkflowEvent): WorkflowState {
  const next = workflowTransitions[state.status][event.type];
  if (next === 'impossible') return state;
  state.status = next;
  if (event.type.startsWith('workflow-')) evolveWorkflow(graph, state, event);
  else if (event.type.startsWith('undo-')) evolveUndo(graph, state, event);
  else evolveStep(graph, state, event);
  return state;
}

function evolveStep(graph: CompiledGraph, state: WorkflowState, event: WorkflowEvent): void {
  switch (event.type) {
    case 'step-started':
      return moveStep(state, event.step, stepState[startsAs(graph.steps[event.step] as CompiledStep)]);
    case 'step-begun':
      return moveStep(state, event.step, stepState[event.as]);
    case 'step-held':
      return moveStep(state, event.step, stepState.blocked);
    case 'step-prepared':
      return moveStep(state, event.step, stepState.prepared);
    case 'step-completed':
      return completeStep(graph, state, event.step);
    case 'step-skipped':
      return endStep(graph, state, event.step, stepState.skipped);
    case 'step-failed':
      return endStep(graph, state, event.step, event.unknown ? stepState.failedUnknown : stepState.failed);
    case 'step-cancelled':
      return endStep(graph, state, event.step, event.unknown ? stepState.cancelledUnknown : stepState.cancelled);
    case 'cancel-requested':
      state.cancelRequested = true;
      return;
    default:
      return evolveItems(state, event);
  }
}

function completeStep(graph: CompiledGraph, state: WorkflowState, step: number): void {
  endStep(graph, state, step, stepState.completed);
  if (state.compensation && graph.steps[step]?.commit) keepBefore(graph, state.compensation.kept, step);
}

function evolveItems(state: WorkflowState, event: WorkflowEvent): void {
  if (event.type === 'items-begun') {
    const { total, laid, largest, started } = event;
    moveStep(state, event.step, stepState.fanning);
    const none = { completed: 0, failed: 0, unknown: 0, closed: false };
    state.fanOuts.set(event.step, { total, laid, largest, started, ...none });
    return;
  }
  const fan = 'step' in event && event.step !== undefined ? state.fanOuts.get(event.step) : undefined;
  if (fan === undefined) return;
  if (event.type === 'items-started') fan.started += event.count;
  else if (event.type === 'items-laid') fan.laid += event.count;
  else if (event.type === 'items-closed') {
    fan.closed = true;
    // Those without rows never get any.
    fan.laid = fan.total;
  } else if (event.type === 'item-ended') {
    fan[event.outcome] += 1;
    if (event.unknown) fan.unknown += 1;
  }
}

function evolveUndo(graph: CompiledGraph, state: WorkflowState, event: WorkflowEvent): void {
  const { compensation } = state;
  if (compensation === undefined) return;
  switch (event.type) {
    case 'undo-started':
      if (event.again) compensation.stuck -= 1;
      else compensation.begun += 1;
      state.live += 1;
      return setUndo(compensation.undo, event.step, undoState.running);
    case 'undo-completed':
      state.live -= 1;
      setUndo(compensation.undo, event.step, undoState.undone);
      return passStep(graph, compensation, event.step);
    case 'undo-stuck':
      state.live -= 1;
      compensation.stuck += 1;
      return setUndo(compensation.undo, event.step, undoState.stuck);
    case 'undo-settled':
      compensation.stuck -= 1;
      setUndo(compensation.undo, event.step, undoState.undone);
      return passStep(graph, compensation, event.step);
    case 'undo-passed':
      return passStep(graph, compensation, event.step);
    default:
      return;
  }
}

function setUndo(undo: Uint8Array, step: number, to: UndoState): void {
  undo[step] = to;
}

function evolveWorkflow(graph: CompiledGraph, state: WorkflowState, event: WorkflowEvent): void {
  switch (event.type) {
    case 'workflow-compensating':
      if (state.compensation || event.reason === 'retried') return;
      state.failedStep = event.step;
      state.compensation = layOutUndo(graph, state.steps, new Uint8Array(state.steps.length), event.reason);
      return;
    case 'workflow-failed':
      state.failedStep = event.step;
      state.compensation = undefined;
      return;
    case 'workflow-completed':
    case 'workflow-cancelled':
    case 'workflow-compensated':
      state.compensation = undefined;
      return;
    case 'workflow-retried':
      state.cancelRequested = false;
      state.failedStep = undefined;
      return resetSteps(graph, state, event.reset);
    default:
      return;
  }
}
