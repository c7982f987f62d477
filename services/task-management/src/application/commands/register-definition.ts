import type { Clock } from '@taskflow/kit-time';
import type { GraphDefinition, GraphProblem } from '../../domain/workflow/graph.ts';
import type { CompiledGraphs } from '../graphs/compiled-graphs.ts';
import { type GraphDifference, graphDifference } from '../graphs/graph-difference.ts';
import type { KnownDefinitions } from '../graphs/known-definitions.ts';
import type { DefinitionRecord, NewDefinition, ReadingStore } from '../ports/reading-store.ts';

export interface RegisterRequest {
  readonly name: string;
  readonly version: number;
  readonly graph: GraphDefinition;
  /** Another graph takes the place of the registered one; workflows that run keep theirs. */
  readonly replace: boolean;
}

export type RegisterResult =
  | {
      readonly definition: DefinitionRecord;
      readonly registered: boolean;
      /** What changed, where another graph was replaced. */
      readonly replaced?: GraphDifference;
    }
  | { readonly refusal: 'invalid-graph'; readonly problems: readonly GraphProblem[] }
  /** The version exists with another graph, which workflows may be running. */
  | {
      readonly refusal: 'conflict';
      readonly registeredHash: string;
      readonly offeredHash: string;
      readonly difference: GraphDifference;
    };

export interface RegisterDependencies {
  readonly reading: Pick<ReadingStore, 'register' | 'replace' | 'readGraph'>;
  readonly graphs: CompiledGraphs;
  readonly known: KnownDefinitions;
  readonly clock: Clock;
}

/** Registers a version once. The same graph again is no change; another graph needs another version. */
export function createRegisterDefinition({ reading, graphs, known, clock }: RegisterDependencies) {
  return async (tenantId: string, request: RegisterRequest): Promise<RegisterResult> => {
    const { name, version, graph, replace } = request;
    const compiled = graphs.compile(graph);
    if ('problems' in compiled) return { refusal: 'invalid-graph', problems: compiled.problems };
    const { hash, text } = compiled;
    const steps = compiled.graph.steps.length;
    const offered: NewDefinition = { tenantId, name, version, hash, steps, createdAt: clock.now(), graph: text };
    const stored = await reading.register(offered);
    const definition = { name, version, hash, steps, createdAt: stored.createdAt };
    if (stored.hash === hash) return { definition, registered: stored.registered };
    const before = await reading.readGraph(tenantId, stored.hash);
    const difference = graphDifference(before, text);
    if (!replace) {
      return { refusal: 'conflict', registeredHash: stored.hash, offeredHash: hash, difference };
    }
    await reading.replace(offered);
    known.forget(tenantId, name, version);
    return { definition, registered: false, replaced: difference };
  };
}
