import type { GraphBuilder, Output } from './graph-builder.ts';
import { GraphDrawing, outputStepKey } from './graph-drawing.ts';
import type { UncheckedMapping, Needs } from './step-options.ts';
import { waitVerbs } from './wait-verbs.ts';
import { outputType, type Versioned, workVerbs } from './work-verbs.ts';
import type { WorkflowGraph } from './workflow-graph.ts';

/** The builder that a build function draws with, and what becomes of it. */
export function createGraphBuilder(
  owner: string,
  definition: Versioned,
): {
  readonly builder: GraphBuilder<never>;
  finish(output: Output<unknown>, onFailure: 'compensate' | 'stop' | undefined): WorkflowGraph;
} {
  const drawing = new GraphDrawing(owner);
  let output: Output<unknown> | undefined;
  const declareOutput = (needs: Needs, map: UncheckedMapping): Output<never> => {
    if (output !== undefined) drawing.refuse('w.output is called twice');
    drawing.addOutput(needs, {
      work: { kind: 'output', map: drawing.mapping('output', 'the mapping', map) },
      request: { type: outputType(definition) },
      mapped: true,
    });
    const made: Output<never> = Object.freeze({ kind: 'output' });
    output = made;
    return made;
  };
  const verbs = { ...workVerbs(drawing, definition), ...waitVerbs(drawing), output: declareOutput };
  return {
    builder: verbs as unknown as GraphBuilder<never>,
    finish(returned, onFailure) {
      if (output === undefined || returned !== output) {
        drawing.refuse('the build function must return what w.output returned');
      }
      return drawing.finish({ output: outputStepKey, ...(onFailure !== undefined && { onFailure }) });
    },
  };
}
