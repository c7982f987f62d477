import type { PayloadTemplate } from './payload-template.ts';

/** A graph as its author wrote it, after the syntax was checked. */
export interface GraphDefinition {
  readonly steps: readonly StepDefinition[];
  /** Key of the step whose result is the workflow's output. */
  readonly output?: string;
}

export interface StepDefinition {
  readonly key: string;
  readonly type: string;
  /** JSON value, in which `{"$from": …}` stands for a value known later. */
  readonly payload?: unknown;
  readonly dependsOn?: readonly string[];
  readonly queue?: string;
  readonly priority?: number;
  readonly retry?: Readonly<Record<string, unknown>>;
  readonly timeout?: Readonly<Record<string, unknown>>;
}

export interface CompiledStep {
  readonly key: string;
  readonly type: string;
  readonly queue: string | undefined;
  readonly priority: number | undefined;
  readonly retry: Readonly<Record<string, unknown>> | undefined;
  readonly timeout: Readonly<Record<string, unknown>> | undefined;
  readonly payload: PayloadTemplate;
  /** Without repetition. */
  readonly dependsOn: readonly string[];
}

/**
 * A graph that was checked, with steps by number in the order of the definition. Immutable and shared by all its
 * workflows. Successors lie in one array: those of step i from `successorStart[i]` up to `successorStart[i + 1]`.
 */
export interface CompiledGraph {
  readonly steps: readonly CompiledStep[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly dependencyCount: Uint16Array;
  readonly successors: Uint32Array;
  readonly successorStart: Uint32Array;
  readonly roots: readonly number[];
  /** Steps that nothing depends on. */
  readonly sinks: readonly number[];
  /** Step whose result is the output; without it the output is an object of all sinks' results. */
  readonly output: number | undefined;
}

/** Most steps of one workflow. */
export const maxSteps = 10_000;
/** Most dependencies of one workflow, over all steps. */
export const maxDependencies = 100_000;

export type GraphProblemCode =
  | 'no_steps'
  | 'too_many_steps'
  | 'too_many_dependencies'
  | 'duplicate_key'
  | 'self_dependency'
  | 'unknown_dependency'
  | 'cycle'
  | 'unknown_output'
  | 'invalid_reference'
  | 'unknown_reference'
  | 'reference_without_dependency'
  | 'payload_too_deep';

export interface GraphProblem {
  readonly code: GraphProblemCode;
  /** The steps that it concerns, by key; of a cycle, in the order of the dependencies. */
  readonly steps: readonly string[];
  /** JSON pointer from the graph to the member at fault. */
  readonly pointer: string;
  readonly detail: string;
}
