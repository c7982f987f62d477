import type { Allowance } from './allowance.ts';
import type { Effect } from './effect.ts';
import type { CompiledGraph } from './graph.ts';
import { extrasOf, type Instance } from './instance.ts';
import type { WorkflowState } from './workflow-state.ts';

/** A transition under way: the instance moves as effects are added, so that what follows is decided after it. */
export interface Move {
  readonly instance: Instance;
  readonly graph: CompiledGraph;
  readonly state: WorkflowState;
  readonly allowance: Allowance;
  readonly effects: Effect[];
}

export function keyOf({ graph }: Move, step: number): string {
  return graph.steps[step]?.key ?? '';
}

/** Leaves what may start to a later transaction. One reminder is enough. */
export function defer({ instance, effects }: Move): void {
  const extras = extrasOf(instance);
  if (extras.deferred) return;
  extras.deferred = true;
  effects.push({ kind: 'defer', what: 'go-on' });
}

/** JSON text of an error as rows, events and headers carry it. */
export function errorText(code: string, message: string, details?: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(details === undefined ? { code, message } : { code, message, details });
}
