import { checkCarrying, checkName, checkVersion } from './check.ts';
import type { GraphBuilder, Output } from './graph-builder.ts';
import { createGraphBuilder, outputType, type WorkflowGraph } from './graph-compiler.ts';
import { drawMermaid } from './mermaid.ts';
import { type NotAvailable, refuseUnavailable, refuseUnknown } from './not-available.ts';
import type { RequirePlain } from './plain-json.ts';
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts';
import type { Startable } from './startable.ts';
import type { Priority } from './task.ts';

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

export interface WorkflowOptions {
  readonly id: string;
  /** From 1, the default. */
  readonly version?: number;
  readonly description?: string;
  /** Of its steps, unless a step or its task says otherwise. */
  readonly priority?: Priority;
  /** A step that fails for good fails the workflow. */
  readonly onFailure?: 'stop' | NotAvailable<'onFailure: "compensate"'>;
  readonly sla?: NotAvailable<'sla'>;
  readonly on?: NotAvailable<'on'>;
}

const unavailable = ['sla', 'on'];
const known = ['id', 'version', 'description', 'priority', 'onFailure', 'input', ...unavailable];

/**
 * Defines a workflow. `build` runs once, here, and draws the graph from handles: what a step needs is the only thing
 * that it can see. The mappings (`input`, `output`) run later, in a worker that holds this definition.
 * Throws `TaskFlowError` with code `invalid_definition`, `unknown_option` or `not_available`.
 */
export function workflow<S extends Schema, O>(
  options: WorkflowOptions & { readonly input: S } & RequirePlain<'input', SchemaInput<S>>,
  build: (w: GraphBuilder<SchemaOutput<S>>) => Output<O>,
): WorkflowDef<SchemaInput<S>, O>;
export function workflow<O>(
  options: WorkflowOptions & { readonly input?: undefined },
  build: (w: GraphBuilder<undefined>) => Output<O>,
): WorkflowDef<undefined, O>;
export function workflow(
  options: WorkflowOptions & { readonly input?: Schema },
  build: (w: GraphBuilder<never>) => Output<unknown>,
): WorkflowDef<never, unknown> {
  const owner = `workflow "${options.id}"`;
  if (options.onFailure !== undefined && options.onFailure !== 'stop') {
    refuseUnavailable(owner, { 'onFailure: "compensate"': true }, ['onFailure: "compensate"']);
  }
  refuseUnavailable(owner, options, unavailable);
  refuseUnknown(owner, options, known);
  const { id, version = 1, description, input, priority } = options;
  checkName(owner, id);
  checkVersion(owner, version);
  checkCarrying(owner, { priority });
  const outputTaskType = outputType({ id, version });
  checkName(owner, outputTaskType);
  const compiler = createGraphBuilder(owner, outputTaskType);
  const graph = compiler.finish(build(compiler.builder));
  return Object.freeze({
    kind: 'workflow',
    id,
    version,
    description,
    input,
    priority,
    graph,
    toJSON: () => ({ name: id, version, graph: graph.registered }),
    toMermaid: () => drawMermaid(graph),
  });
}
