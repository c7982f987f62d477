import type { CompiledGraph, CompiledStep } from './graph.ts';

/** A registered definition that a step starts. */
export interface StartableDefinition {
  readonly version: number;
  readonly hash: string;
  /** How many there are. */
  readonly steps: number;
  readonly graph: CompiledGraph;
}

/** The facts that starting a child follows from. */
export interface ChildToStart {
  /** `undefined`: it is not registered. */
  readonly definition: StartableDefinition | undefined;
  /** Workflows that stand below the root of the one that starts it, and how many may. */
  readonly descendants: number;
  readonly maxDescendants: number;
}

/** Deepest nesting of workflows; what would go deeper fails its step with `too_deep_nesting`. */
export const maxNesting = 16;

/** Says why a step cannot start its child. */
export interface ChildProblem {
  readonly kind: 'fail';
  readonly code: 'too_deep_nesting' | 'too_many_descendants' | 'unknown_definition';
  readonly message: string;
}

export function startableOf(
  step: CompiledStep,
  depth: number,
  child: ChildToStart | undefined,
): StartableDefinition | ChildProblem {
  if (depth >= maxNesting) {
    const message = `The step "${step.key}" would start a workflow below ${maxNesting} others, and that is as deep as they go. Start it from further above.`;
    return { kind: 'fail', code: 'too_deep_nesting', message };
  }
  if (child !== undefined && child.descendants >= child.maxDescendants) {
    const message = `The step "${step.key}" would start one workflow more than the ${child.maxDescendants} that may stand below one. Start it by itself, or raise TASKFLOW_WORKFLOW_MAX_DESCENDANTS.`;
    return { kind: 'fail', code: 'too_many_descendants', message };
  }
  return child?.definition ?? unknownDefinition(step);
}

function unknownDefinition({ key, child }: CompiledStep): ChildProblem {
  const wanted =
    child?.version === undefined ? `"${child?.definition}"` : `"${child.definition}" in version ${child.version}`;
  const message = `The step "${key}" starts the workflow ${wanted}, which is not registered. Register it and retry.`;
  return { kind: 'fail', code: 'unknown_definition', message };
}

/**
 * Counts a child among the rows of a transaction: its header, the row of its step and their events, and the memory that
 * its steps take. Its first steps count for themselves.
 */
export function rowsOfChild({ steps }: Pick<StartableDefinition, 'steps'>): number {
  return 4 + Math.ceil(steps / 50);
}
