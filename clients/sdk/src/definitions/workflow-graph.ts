import type { http } from '@taskflow/contracts-task-management';
import type { Schema } from './schema.ts';
import type { Startable } from './startable.ts';
import type { UncheckedMapping } from './step-options.ts';
import type { AnyTask, Priority } from './task.ts';

/** A graph of steps with the code that joins them: a plain value. */
export interface WorkflowDef<Input, Output> extends Startable<Input, Output> {
  readonly kind: 'workflow';
  /** A workflow that runs keeps the version it was started with. A changed graph needs another one. */
  readonly version: number;
  readonly description?: string;
  readonly input?: Schema;
  readonly priority?: Priority;
  readonly graph: WorkflowGraph;
  /** The definition as the server registers it. */
  toJSON(): { readonly name: string; readonly version: number; readonly graph: WorkflowGraph['registered'] };
  /** The graph as a Mermaid flowchart. */
  toMermaid(): string;
}
/** Any workflow definition, where its types do not matter. */
export type AnyWorkflow = WorkflowDef<never, unknown>;

/** The work of a step, as far as code has a part in it. */
export type StepWork =
  | { readonly kind: 'task'; readonly task: AnyTask; readonly input: UncheckedMapping }
  | { readonly kind: 'run'; readonly inline: UncheckedMapping }
  | {
      readonly kind: 'each';
      readonly task: AnyTask;
      readonly over: UncheckedMapping;
      readonly input: UncheckedMapping;
      /** Places of failed items hold `null` on the wire. */
      readonly tolerant: boolean;
    }
  | { readonly kind: 'child'; readonly workflow: AnyWorkflow; readonly input: UncheckedMapping }
  | {
      readonly kind: 'wait';
      /** What is waited for, in words: `signal`, and its name. */
      readonly word: string;
      readonly subject?: string;
      /** Reads what ended the wait; without it that is the result as it came. */
      readonly payload?: Schema;
      readonly prepare?: Preparation | undefined;
    }
  | { readonly kind: 'output'; readonly map: UncheckedMapping };

/** A value that a worker works out before a wait begins. */
export interface Preparation {
  /** Of the option, and of the value that the server is given. */
  readonly name: string;
  readonly map: UncheckedMapping;
  /** The value in the form that the server takes; `undefined` where it has none. */
  readonly onWire: (value: unknown) => string | number | undefined;
  /** What `map` gave then. */
  readonly otherwise: string;
}

/** The task that undoes a step, with the functions that give its input. */
export interface Compensation {
  readonly task: AnyTask;
  readonly input: UncheckedMapping;
  readonly unknown: UncheckedMapping | undefined;
}

/** A step as the worker needs it, beside its payload. */
export interface CodeStep {
  readonly key: string;
  readonly label: string | undefined;
  readonly work: StepWork;
  /** By the name under which the step's functions see them. */
  readonly needs: ReadonlyMap<string, CodeStep>;
  readonly when: UncheckedMapping | undefined;
  readonly compensate: Compensation | undefined;
}

/** A graph as code: the steps with their functions, and the form in which the server has them. */
export interface WorkflowGraph {
  /** By key, the output step included. */
  readonly steps: ReadonlyMap<string, CodeStep>;
  /** As the server stores it. */
  readonly registered: http.workflows.RegisterDefinitionRequest['graph'];
}

/** Lists the workflows that steps of this one start. */
export function childrenOf(workflow: AnyWorkflow): AnyWorkflow[] {
  return [...workflow.graph.steps.values()].flatMap(({ work }) => (work.kind === 'child' ? [work.workflow] : []));
}
