import type { CompiledGraph } from './graph.ts';
import { initialState, type WorkflowState } from './workflow-state.ts';

/**
 * A workflow as its owner has it while it runs. `transition` moves it in place, so that an input costs the degree of its
 * step and never a copy of the whole; nobody else changes it.
 */
export interface Instance {
  graph: CompiledGraph;
  state: WorkflowState;
  /** JSON text: why it failed, or is compensated. */
  error: string | null;
  cancelReason: string | null;
  pauseReason: string | null;
  /** The step that started it, where one did. */
  readonly parent: object | undefined;
  readonly options: { readonly depth?: number };
  /** Absent while there is none of it, as in most workflows. */
  extras: Extras | undefined;
}

/** The extras that a workflow has beside the state of its steps. */
export interface Extras {
  /** Steps that have a timer, in the order in which they began to wait. */
  readonly timers: Set<number>;
  /** How many signals of each name are kept for steps to come. */
  readonly signals: Map<string, number>;
  /** A timer will have the workflow go on. */
  deferred: boolean;
  /** Steps of which something is still to end: a later transaction closes items, or a task runs on that was given up. */
  readonly closing: Set<number>;
}

export function extrasOf(instance: Instance): Extras {
  instance.extras ??= { timers: new Set(), signals: new Map(), deferred: false, closing: new Set() };
  return instance.extras;
}

/** An instance of a graph, as far as transitions look at it. */
export function newInstance(graph: CompiledGraph): Instance {
  return {
    graph,
    state: initialState(graph),
    error: null,
    cancelReason: null,
    pauseReason: null,
    parent: undefined,
    options: {},
    extras: undefined,
  };
}
