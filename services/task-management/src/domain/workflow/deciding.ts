import { evolve } from './evolve.ts';
import type { CompiledGraph } from './graph.ts';
import type { WorkflowEvent } from './workflow-event.ts';
import type { Allowance } from './workflow-command.ts';
import type { WorkflowState } from './workflow-state.ts';

/** A decision that is being taken: each event is applied as it is decided, so that the next one is decided after it. */
export interface Deciding {
  readonly graph: CompiledGraph;
  readonly state: WorkflowState;
  readonly events: WorkflowEvent[];
  /** What else may begin. */
  readonly allowance: { -readonly [K in keyof Allowance]: Allowance[K] };
}

const unlimited: Allowance = { starts: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, atLeastOne: false };

export function newDeciding(graph: CompiledGraph, state: WorkflowState, allowance = unlimited): Deciding {
  return { graph, state, events: [], allowance: { ...allowance } };
}

/** How many of `wanted` may begin that carry no more than `bytes` each; told of where it is not all of them. */
export function allow(deciding: Deciding, wanted: number, bytes = 0): number {
  const { allowance } = deciding;
  const fits = Math.min(wanted, allowance.starts, bytes === 0 ? wanted : Math.floor(allowance.bytes / bytes));
  const allowed = Math.max(fits, Math.min(wanted, allowance.atLeastOne ? 1 : 0));
  allowance.starts -= allowed;
  allowance.bytes -= allowed * bytes;
  if (allowed > 0) allowance.atLeastOne = false;
  if (allowed < wanted) emit(deciding, { type: 'rest-left' });
  return allowed;
}

export function emit({ graph, state, events }: Deciding, event: WorkflowEvent): void {
  evolve(graph, state, event);
  events.push(event);
}
