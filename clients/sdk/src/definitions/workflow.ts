import { checkExecutionOptions, checkName, checkOnFailure, checkVersion } from './check.ts';
import { marked } from './definition-mark.ts';
import type { GraphBuilder, Output } from './graph-builder.ts';
import { createGraphBuilder } from './graph-compiler.ts';
import { drawMermaid } from './mermaid.ts';
import { type NotAvailable, refuseUnavailable, refuseUnknown } from './not-available.ts';
import { checkOptions, isFunction, isSchema, isText } from './option-rules.ts';
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts';
import type { Priority } from './task.ts';
import type { RequireWire } from './wire-type.ts';
import { prepareType } from './work-verbs.ts';
import type { WorkflowDef } from './workflow-graph.ts';

export interface WorkflowOptions {
  readonly id: string;
  /** From 1, the default. */
  readonly version?: number;
  readonly description?: string;
  /** The priority of its steps, unless a step or its task says otherwise. */
  readonly priority?: Priority;
  /**
   * When a step fails for good: `compensate`, the default, undoes the steps that have done their work and can be undone;
   * `stop` leaves them as they are.
   */
  readonly onFailure?: 'compensate' | 'stop';
  readonly sla?: NotAvailable<'sla'>;
  readonly on?: NotAvailable<'on'>;
}

const unavailable = ['sla', 'on'];
const known = ['id', 'version', 'description', 'priority', 'onFailure', 'input', ...unavailable];

/**
 * Defines a workflow. `build` runs once, here, and draws the graph from handles: what a step needs is the only thing
 * that it can see. Its functions (`input`, `when`, `over` and others) run later, in a worker that holds this
 * definition.
 * Throws `TaskFlowError` with code `invalid_definition`, `unknown_option` or `not_available`.
 *
 * @example
 * import { task, workflow } from '@taskflow/sdk';
 * import { testkit } from '@taskflow/sdk/testing';
 * import { z } from 'zod';
 *
 * const hold = task({ id: 'stock.hold', run: (sku: string) => ({ hold: `hold of ${sku}` }) });
 * const charge = task({ id: 'card.charge', run: ({ cents }: { cents: number }) => ({ receipt: `r-${cents}` }) });
 * const input = z.object({ sku: z.string(), cents: z.int() });
 *
 * const order = workflow({ id: 'order', version: 1, input }, (w) => {
 *   const stock = w.step('hold', hold, { input: ({ input }) => input.sku });
 *   const paid = w.step('charge', charge, { needs: { stock }, input: ({ input }) => ({ cents: input.cents }) });
 *   return w.output({ stock, paid }, (seen) => `${seen.stock.hold}, ${seen.paid.receipt}`);
 * });
 *
 * await using t = await testkit();
 * console.log(await t.execute(order, { sku: 'tea', cents: 250 })); // hold of tea, r-250
 */
export function workflow<InputSchema extends Schema, Result>(
  options: WorkflowOptions & { readonly input: InputSchema } & RequireWire<'input', SchemaInput<InputSchema>>,
  build: (w: GraphBuilder<SchemaOutput<InputSchema>>) => Output<Result>,
): WorkflowDef<SchemaInput<InputSchema>, Result>;
export function workflow<Result>(
  options: WorkflowOptions & { readonly input?: undefined },
  build: (w: GraphBuilder<undefined>) => Output<Result>,
): WorkflowDef<undefined, Result>;
export function workflow(
  options: WorkflowOptions & { readonly input?: Schema },
  build: (w: GraphBuilder<never>) => Output<unknown>,
): WorkflowDef<never, unknown> {
  const owner = `workflow "${options.id}"`;
  refuseUnavailable(owner, options, unavailable);
  refuseUnknown(owner, options, known);
  checkOptions(owner, options, { description: isText(10_000), input: isSchema }, 'invalid_definition');
  checkOptions(owner, { build }, { build: isFunction }, 'invalid_definition');
  const { id, version = 1, description, input, priority, onFailure } = options;
  checkName(owner, id);
  checkVersion(owner, version);
  checkExecutionOptions(owner, { priority });
  checkOnFailure(owner, onFailure);
  // The longest of the names that are made from the id.
  checkName(owner, prepareType({ id, version }));
  const { builder, finish } = createGraphBuilder(owner, { id, version });
  const graph = finish(build(builder), onFailure);
  return marked({
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
