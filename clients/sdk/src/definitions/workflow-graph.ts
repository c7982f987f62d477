import type { http } from '@taskflow/contracts-task-management';
import type { AnyEvent } from './event.ts';
import type { Schema } from './schema.ts';
import type { AnySignal } from './signal.ts';
import type { Startable } from './startable.ts';
import type { LooseMapping } from './step-options.ts';
import type { AnyTask, Priority } from './task.ts';

/** A graph of steps with the code that joins them: a plain value. */
export interface WorkflowDef<I, O> extends Startable<I, O> {
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

/** What a step does, as far as code has a part in it. */
export type StepWork =
  | { readonly kind: 'task'; readonly task: AnyTask; readonly input: LooseMapping }
  | { readonly kind: 'run'; readonly inline: LooseMapping }
  | {
      readonly kind: 'each';
      readonly task: AnyTask;
      readonly over: LooseMapping;
      readonly input: LooseMapping;
      /** Places of failed items hold `null` on the wire. */
      readonly tolerant: boolean;
    }
  | { readonly kind: 'child'; readonly workflow: AnyWorkflow; readonly input: LooseMapping }
  | { readonly kind: 'signal'; readonly signal: AnySignal }
  | { readonly kind: 'event'; readonly event: AnyEvent; readonly key: LooseMapping }
  | { readonly kind: 'sleep'; readonly until: LooseMapping | undefined }
  | { readonly kind: 'output'; readonly map: LooseMapping };

export interface Undoing {
  readonly task: AnyTask;
  readonly input: LooseMapping;
  readonly unknown: LooseMapping | undefined;
}

/** What the worker needs of a step beside its payload. */
export interface CodeStep {
  readonly key: string;
  readonly label: string | undefined;
  readonly work: StepWork;
  /** By the name under which the step's functions see them. */
  readonly needs: ReadonlyMap<string, CodeStep>;
  readonly when: LooseMapping | undefined;
  readonly compensate: Undoing | undefined;
}

export interface WorkflowGraph {
  /** By key, the output step included. */
  readonly steps: ReadonlyMap<string, CodeStep>;
  /** As the server stores it. */
  readonly registered: http.workflows.RegisterDefinitionRequest['graph'];
}

/** The workflows that steps of this one start. */
export function childrenOf(workflow: AnyWorkflow): AnyWorkflow[] {
  return [...workflow.graph.steps.values()].flatMap(({ work }) => (work.kind === 'child' ? [work.workflow] : []));
}
