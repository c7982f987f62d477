import type { StoredGraph } from '../records/workflow-record.ts';

/** The difference of two graphs, by step key. `graph` names members of the graph beside its steps. */
export interface GraphDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Steps of both, with the members that differ. */
  readonly changed: readonly { readonly step: string; readonly members: readonly string[] }[];
  readonly graph: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

type GraphText = Members & { readonly steps: readonly Members[] };

/** Compares the texts that two graphs are stored as. */
export function graphDifference(before: StoredGraph['text'] | undefined, after: StoredGraph['text']): GraphDifference {
  const { steps: oldSteps, ...oldGraph } = earlierGraph(before);
  const { steps: newSteps, ...newGraph } = JSON.parse(after) as GraphText;
  const old = new Map(oldSteps.map((step) => [step.key as string, step]));
  const now = new Map(newSteps.map((step) => [step.key as string, step]));
  const changed = [...now].flatMap(([step, members]) => {
    const earlier = old.get(step);
    const differing = earlier === undefined ? [] : differingMembers(earlier, members);
    return differing.length === 0 ? [] : [{ step, members: differing }];
  });
  return {
    added: [...now.keys()].filter((key) => !old.has(key)),
    removed: [...old.keys()].filter((key) => !now.has(key)),
    changed,
    graph: differingMembers(oldGraph, newGraph),
  };
}

/** One that is not there or cannot be read has no steps: another graph can then still take its place. */
function earlierGraph(text: StoredGraph['text'] | undefined): GraphText {
  try {
    const graph = JSON.parse(text ?? '') as Partial<GraphText> | null;
    return { ...graph, steps: graph?.steps ?? [] };
  } catch {
    return { steps: [] };
  }
}

/** Both come from one printer, which orders members: equal values have equal texts. */
function differingMembers(before: Members, after: Members): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
