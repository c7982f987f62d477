import type { CompiledGraph } from './graph.ts';
import { evolve, initialState, stepState, type WorkflowEvent, type WorkflowState } from './workflow-state.ts';
import { isFinalWorkflow } from './workflow-status.ts';

/** How a step's task ended; `unstartable` when its payload could not be made, so that it never had one. */
export type StepOutcome = 'completed' | 'failed' | 'cancelled' | 'unstartable';

export type WorkflowCommand =
  | { readonly type: 'start' }
  | { readonly type: 'settle-step'; readonly step: number; readonly outcome: StepOutcome }
  | { readonly type: 'cancel' };

export type WorkflowDecision = readonly WorkflowEvent[] | { readonly refusal: 'already_finished' };

/**
 * Decides what follows, without doing it. Deterministic, and its cost is the out-degree of the settled step.
 *
 * 1. A step starts when its last dependency completed, and at most once.
 * 2. The first failed or individually cancelled step fails the workflow at once; what runs goes on, nothing starts.
 * 3. After a cancel request nothing starts; the workflow is cancelled when its last live step ended, unless every
 *    step completed: then the request came too late and the workflow completed.
 * 4. An outcome for a step that is not live changes nothing: it is a repetition.
 */
export function decide(graph: CompiledGraph, state: WorkflowState, command: WorkflowCommand): WorkflowDecision {
  switch (command.type) {
    case 'start':
      return graph.roots.map((step) => ({ type: 'step-started', step }));
    case 'settle-step':
      return settleStep(graph, state, command.step, command.outcome);
    case 'cancel':
      if (isFinalWorkflow(state.status)) return { refusal: 'already_finished' };
      return state.cancelRequested ? [] : [{ type: 'cancel-requested' }];
  }
}

/** Decides and applies. The events are those that were applied. */
export function settle(graph: CompiledGraph, state: WorkflowState, step: number, outcome: StepOutcome) {
  const events = settleStep(graph, state, step, outcome);
  for (const event of events) evolve(graph, state, event);
  return events;
}

function settleStep(
  graph: CompiledGraph,
  state: WorkflowState,
  step: number,
  outcome: StepOutcome,
): readonly WorkflowEvent[] {
  if (state.steps[step] !== stepState.live) return [];
  if (outcome === 'completed') return completeStep(graph, state, step);
  const recorded: WorkflowEvent = { type: outcome === 'cancelled' ? 'step-cancelled' : 'step-failed', step };
  if (state.status !== 'running') return [recorded];
  if (!state.cancelRequested) return [recorded, { type: 'workflow-failed', step }];
  return state.live === 1 ? [recorded, { type: 'workflow-cancelled' }] : [recorded];
}

function completeStep(graph: CompiledGraph, state: WorkflowState, step: number): readonly WorkflowEvent[] {
  const events: WorkflowEvent[] = [{ type: 'step-completed', step }];
  if (state.status !== 'running') return events;
  if (state.uncompleted === 1) events.push({ type: 'workflow-completed' });
  else if (!state.cancelRequested) startSuccessors(graph, state, step, events);
  else if (state.live === 1) events.push({ type: 'workflow-cancelled' });
  return events;
}

function startSuccessors(graph: CompiledGraph, state: WorkflowState, step: number, events: WorkflowEvent[]): void {
  const end = graph.successorStart[step + 1] as number;
  for (let s = graph.successorStart[step] as number; s < end; s++) {
    const successor = graph.successors[s] as number;
    if (state.waitingFor[successor] === 1) events.push({ type: 'step-started', step: successor });
  }
}

/** The state right after the start. */
export function startedState(graph: CompiledGraph): WorkflowState {
  const state = initialState(graph);
  for (const step of graph.roots) evolve(graph, state, { type: 'step-started', step });
  return state;
}
