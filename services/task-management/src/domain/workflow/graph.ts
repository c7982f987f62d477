import type { Condition } from './conditions.ts';
import type { PayloadTemplate, Reference } from './payload-template.ts';
import { type CompiledWait, type WaitDefinitions, type WaitKind, waitKinds } from './wait-kinds.ts';

/** A graph as its author wrote it, after the syntax was checked; spans are milliseconds. */
export interface GraphDefinition {
  readonly steps: readonly StepDefinition[];
  /** Key of the step whose result is the workflow's output. */
  readonly output?: string;
  /** What a step that fails for good means for those that have finished; `compensate` unless told. */
  readonly onFailure?: OnFailure;
}

export type OnFailure = 'compensate' | 'stop';

/** How a task is carried out, where it differs from the defaults. */
interface ExecutionOptions {
  readonly queue?: string;
  readonly priority?: number;
  readonly retry?: Readonly<Record<string, unknown>>;
  readonly timeout?: Readonly<Record<string, unknown>>;
}

export interface StepDefinition extends ExecutionOptions, WaitDefinitions {
  readonly key: string;
  readonly type?: string;
  /** JSON value, in which `{"$from": …}` stands for a value known later. */
  readonly payload?: unknown;
  readonly dependsOn?: readonly string[];
  readonly when?: unknown;
  readonly onError?: 'fail' | 'continue';
  readonly commit?: boolean;
  readonly compensation?: CompensationDefinition;
  readonly each?: { readonly over?: unknown; readonly concurrency?: number; readonly tolerate?: number };
  readonly child?: {
    readonly definition: string;
    readonly version?: number;
    readonly onParentClose?: 'cancel' | 'abandon';
  };
  readonly mapped?: boolean;
}

export interface CompensationDefinition extends ExecutionOptions {
  readonly type: string;
  readonly payload?: unknown;
}

const workKinds = ['task', 'each', 'child'] as const;
export type WorkKind = (typeof workKinds)[number];
/**
 * The kinds of a step say what carries it out. All but `task` and `each` only wait, and have no task that a worker
 * sees.
 */
export type StepKind = WorkKind | WaitKind;
export const stepKinds: readonly StepKind[] = [...workKinds, ...waitKinds];

/** Says how a task is carried out; what is absent is the default. */
export interface TaskExecution {
  readonly type: string;
  readonly queue: string | undefined;
  readonly priority: number | undefined;
  readonly retry: Readonly<Record<string, unknown>> | undefined;
  readonly timeout: Readonly<Record<string, unknown>> | undefined;
}

interface CompiledExecution extends TaskExecution {
  readonly payload: PayloadTemplate;
  /** Numbers of the steps whose results its templates and conditions read, without repetition. */
  readonly reads: readonly number[];
}

/** `type` of a step without a task of its own is `taskflow.step/<kind>`: a name for readers, given to no worker. */
export interface CompiledStep extends CompiledExecution {
  readonly key: string;
  readonly kind: StepKind;
  /** The worker that holds the definition evaluates the step's functions. */
  readonly mapped: boolean;
  /** Without repetition. */
  readonly dependsOn: readonly string[];
  readonly when: Condition | undefined;
  /** `onError: continue`. */
  readonly tolerated: boolean;
  /** A point of no return. */
  readonly commit: boolean;
  readonly compensation: CompiledExecution | undefined;
  /**
   * References to a part of the input that must be there: without it, and without a default, the step fails. None of a
   * step with a condition, which may be about just that.
   */
  readonly inputs: readonly Reference[];
  readonly each:
    | {
        /** Absent where it is mapped. */
        readonly over: PayloadTemplate | undefined;
        readonly concurrency: number;
        readonly tolerate: number;
      }
    | undefined;
  readonly child:
    | {
        readonly definition: string;
        /** The latest one unless told. */
        readonly version: number | undefined;
        readonly onParentClose: 'cancel' | 'abandon';
      }
    | undefined;
  /** Of a step whose kind is that of a wait. */
  readonly wait: CompiledWait | undefined;
}

/**
 * A graph that was checked, with steps by number in the order of the definition. Immutable and shared by all its
 * workflows. Successors lie in one array: those of step i from `successorStart[i]` up to `successorStart[i + 1]`;
 * predecessors likewise.
 */
export interface CompiledGraph {
  readonly steps: readonly CompiledStep[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly dependencyCount: Uint16Array;
  readonly successors: Uint32Array;
  readonly successorStart: Uint32Array;
  readonly predecessors: Uint32Array;
  readonly predecessorStart: Uint32Array;
  /** All steps, each after its dependencies. */
  readonly order: Uint32Array;
  readonly roots: readonly number[];
  /** Steps that nothing depends on. */
  readonly sinks: readonly number[];
  /** Step whose result is the output; without it the output is an object of all sinks' results. */
  readonly output: number | undefined;
  readonly onFailure: OnFailure;
  /** Some step has a compensation. */
  readonly compensates: boolean;
  /** Some step is mapped, so that it may only be run as a registered definition. */
  readonly mapped: boolean;
  /** The steps that wait for each signal, by its name. */
  readonly signals: ReadonlyMap<string, readonly number[]>;
}

/** Most steps of one workflow. */
export const maxSteps = 10_000;
/** Most dependencies of one workflow, over all steps. */
export const maxDependencies = 100_000;
/** Most items of one fan-out. */
export const maxItems = 10_000;

export type GraphProblemCode =
  | 'no_steps'
  | 'too_many_steps'
  | 'too_many_dependencies'
  | 'too_many_references'
  | 'duplicate_key'
  | 'self_dependency'
  | 'unknown_dependency'
  | 'cycle'
  | 'unknown_output'
  | 'invalid_reference'
  | 'unknown_reference'
  | 'reference_without_dependency'
  | 'payload_too_deep'
  | 'step_without_work'
  | 'two_kinds'
  | 'invalid_condition'
  | 'invalid_wait'
  | 'compensation_of_wait'
  | 'mapped_inline';

export interface GraphProblem {
  readonly code: GraphProblemCode;
  /** The steps that it concerns, by key; of a cycle, in the order of the dependencies. */
  readonly steps: readonly string[];
  /** JSON pointer from the graph to the member at fault. */
  readonly pointer: string;
  readonly detail: string;
}
