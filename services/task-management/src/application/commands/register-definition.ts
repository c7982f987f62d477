import type { Clock } from '@taskflow/kit-time';
import type { GraphDefinition, GraphProblem } from '../../domain/workflow/graph.ts';
import type { CompiledGraphs } from '../compiled-graphs.ts';
import type { DefinitionRecord, ReadingStore } from '../ports/reading-store.ts';

export type RegisterResult =
  | { readonly definition: DefinitionRecord; readonly registered: boolean }
  | { readonly refusal: 'invalid-graph'; readonly problems: readonly GraphProblem[] }
  /** The version exists with another graph, which workflows may be running. */
  | { readonly refusal: 'conflict'; readonly registeredHash: string; readonly offeredHash: string };

export interface RegisterDependencies {
  readonly reading: Pick<ReadingStore, 'register'>;
  readonly graphs: CompiledGraphs;
  readonly clock: Clock;
}

/** Registers a version once. The same graph again is no change; another graph needs another version. */
export function registerDefinition({ reading, graphs, clock }: RegisterDependencies) {
  return async (tenantId: string, name: string, version: number, graph: GraphDefinition): Promise<RegisterResult> => {
    const compiled = graphs.compile(graph);
    if ('problems' in compiled) return { refusal: 'invalid-graph', problems: compiled.problems };
    const { hash, text } = compiled;
    const steps = compiled.graph.steps.length;
    const stored = await reading.register({
      tenantId,
      name,
      version,
      hash,
      steps,
      createdAt: clock.now(),
      graph: text,
    });
    if (stored.hash !== hash) return { refusal: 'conflict', registeredHash: stored.hash, offeredHash: hash };
    const definition = { name, version, hash, steps, createdAt: stored.createdAt };
    return { definition, registered: stored.registered };
  };
}
