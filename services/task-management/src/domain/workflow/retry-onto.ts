import type { CompiledGraph } from './graph.ts';
import type { RefusedDecision } from './workflow-command.ts';
import type { WorkflowEvent } from './workflow-event.ts';
import type { WorkflowState } from './workflow-state.ts';

/**
 * A retry that goes on with another graph, in which `from` is a key. Gives the state for that graph with the events
 * that led to it; their steps are numbers of the new graph.
 */
export declare function retryOnto(
  graph: CompiledGraph,
  state: WorkflowState,
  next: CompiledGraph,
  from: string | undefined,
): { readonly state: WorkflowState; readonly events: readonly WorkflowEvent[] } | RefusedDecision;
