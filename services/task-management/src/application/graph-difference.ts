import type { StoredGraph } from './workflow-record.ts';

/** What sets two graphs apart, by step key. `graph` names members of the graph beside its steps. */
export interface GraphDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Steps of both, with the members that differ. */
  readonly changed: readonly { readonly step: string; readonly members: readonly string[] }[];
  readonly graph: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

/** Compares the texts that two graphs are stored as. */
export function graphDifference(before: StoredGraph['text'], after: StoredGraph['text']): GraphDifference {
  const { steps: oldSteps, ...oldGraph } = JSON.parse(before) as Members & { readonly steps: readonly Members[] };
  const { steps: newSteps, ...newGraph } = JSON.parse(after) as Members & { readonly steps: readonly Members[] };
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

/** Both come from one printer, which orders members: equal values have equal texts. */
function differingMembers(before: Members, after: Members): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
