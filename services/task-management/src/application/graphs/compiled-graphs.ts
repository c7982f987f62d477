import { compileGraph } from '../../domain/workflow/compile-graph.ts';
import type { CompiledGraph, GraphDefinition, GraphProblem, StepDefinition } from '../../domain/workflow/graph.ts';
import { type WaitDefinitions, waitMembers } from '../../domain/workflow/wait-kinds.ts';
import { compileStored } from '../advance/workflow-instance.ts';
import type { Digest } from '../ports/digest.ts';
import type { StoredGraph } from '../records/workflow-record.ts';

/** Graphs by hash, compiled once, bounded by their steps and texts; and which of them the database is known to hold. */
export interface CompiledGraphs {
  /** Compiles a definition, or gives the graph that an equal one was compiled to. */
  compile(definition: GraphDefinition): StoredGraph | { readonly problems: readonly GraphProblem[] };
  /** The graph of this hash if it is at hand. */
  known(hash: string): CompiledGraph | undefined;
  /** The graph of a stored text. */
  compiled(hash: string, text: string): CompiledGraph;
  /** Whether the tenant's database is known to hold the graph. */
  has(tenantId: string, hash: string): boolean;
  /** The tenant's database holds it. */
  add(tenantId: string, hash: string): void;
  /** Forgets what databases are known to hold. A graph itself follows from its text, whose hash names it. */
  forgetStored(): void;
}

/** A workflow names a graph that its database does not hold. */
export class MissingGraphError extends Error {
  constructor(hash: string) {
    super(`The graph ${hash} is not stored.`);
    this.name = 'MissingGraphError';
  }
}

interface Kept {
  readonly stored: StoredGraph;
  readonly tenants: Set<string>;
}

/** What a text counts for beside its steps: one step of ten thousand bytes is kept in place of a hundred small ones. */
const bytesOfStep = 100;

function weightOf({ graph, text }: StoredGraph): number {
  return graph.steps.length + Math.ceil(text.length / bytesOfStep);
}

/** `maxWeight` counts a step as one, and each hundred bytes of text. */
export function createCompiledGraphs(maxWeight: number, digest: Digest): CompiledGraphs {
  const graphs = new Map<string, Kept>();
  let weight = 0;

  function keep(stored: StoredGraph): StoredGraph {
    graphs.set(stored.hash, { stored, tenants: new Set() });
    weight += weightOf(stored);
    for (const [hash, { stored: oldest }] of graphs) {
      if (weight <= maxWeight || hash === stored.hash) break;
      graphs.delete(hash);
      weight -= weightOf(oldest);
    }
    return stored;
  }

  function find(hash: string): Kept | undefined {
    const kept = graphs.get(hash);
    if (kept !== undefined) {
      graphs.delete(hash);
      graphs.set(hash, kept);
    }
    return kept;
  }

  return {
    compile: (definition) => {
      const text = graphText(definition);
      const hash = digest(text).toString('hex');
      const known = find(hash);
      if (known) return known.stored;
      const compilation = compileGraph(definition);
      if ('problems' in compilation) return compilation;
      return keep({ hash, text, graph: compilation.graph });
    },
    known: (hash) => find(hash)?.stored.graph,
    compiled: (hash, text) => find(hash)?.stored.graph ?? keep({ hash, text, graph: compileStored(hash, text) }).graph,
    has: (tenantId, hash) => graphs.get(hash)?.tenants.has(tenantId) ?? false,
    add: (tenantId, hash) => void graphs.get(hash)?.tenants.add(tenantId),
    forgetStored: () => {
      for (const { tenants } of graphs.values()) tenants.clear();
    },
  };
}

/** The text that a graph is stored as and that its hash is taken from: members in one fixed order. */
function graphText({ steps, output, onFailure }: GraphDefinition): string {
  return JSON.stringify({ steps: steps.map(orderedStep), output, onFailure });
}

type Places<Definition> = Readonly<Record<keyof Definition, true>>;

const waits = Object.fromEntries(Object.values(waitMembers).map((member) => [member, true])) as Places<WaitDefinitions>;

/** The members of a step in their order: a member that is missing does not compile. */
const places: Places<StepDefinition> = {
  key: true,
  type: true,
  payload: true,
  dependsOn: true,
  queue: true,
  priority: true,
  retry: true,
  timeout: true,
  when: true,
  onError: true,
  commit: true,
  compensation: true,
  each: true,
  child: true,
  ...waits,
  mapped: true,
};
const members = Object.keys(places) as readonly (keyof StepDefinition)[];

function orderedStep(step: StepDefinition): Partial<StepDefinition> {
  const ordered: Partial<Record<keyof StepDefinition, unknown>> = {};
  for (const member of members) ordered[member] = step[member];
  if (step.dependsOn?.length === 0) ordered.dependsOn = undefined;
  return ordered as Partial<StepDefinition>;
}
