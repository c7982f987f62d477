import { evolve } from './evolve.ts';
import type { CompiledGraph } from './graph.ts';
import type { WorkflowEvent } from './workflow-event.ts';
import type { WorkflowState } from './workflow-state.ts';

/** A decision that is being taken: each event is applied as it is decided, so that the next one is decided after it. */
export interface Deciding {
  readonly graph: CompiledGraph;
  readonly state: WorkflowState;
  readonly events: WorkflowEvent[];
}

export function emit({ graph, state, events }: Deciding, event: WorkflowEvent): void {
  evolve(graph, state, event);
  events.push(event);
}
