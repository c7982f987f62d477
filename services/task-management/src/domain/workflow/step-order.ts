/** The edges of a graph by step number, without repetition. */
export interface Links {
  readonly dependencies: readonly (readonly number[])[];
  readonly dependencyCount: Uint16Array;
  readonly successors: Uint32Array;
  readonly successorStart: Uint32Array;
  readonly predecessors: Uint32Array;
  readonly predecessorStart: Uint32Array;
}

/** Every dependency must exist. */
export function linkSteps(
  steps: readonly { readonly dependsOn?: readonly string[] }[],
  indexOf: ReadonlyMap<string, number>,
): Links {
  const dependencies = steps.map((step) => [...new Set(step.dependsOn ?? [])].map((key) => indexOf.get(key) as number));
  const dependencyCount = Uint16Array.from(dependencies, (list) => list.length);
  const successorStart = new Uint32Array(steps.length + 1);
  for (const list of dependencies) for (const d of list) successorStart[d + 1] = (successorStart[d + 1] as number) + 1;
  for (let i = 0; i < steps.length; i++) {
    successorStart[i + 1] = (successorStart[i + 1] as number) + (successorStart[i] as number);
  }
  const successors = new Uint32Array(successorStart[steps.length] as number);
  const next = successorStart.slice();
  for (let i = 0; i < steps.length; i++) {
    for (const d of dependencies[i] as number[]) {
      successors[next[d] as number] = i;
      next[d] = (next[d] as number) + 1;
    }
  }
  return { dependencies, dependencyCount, successors, successorStart, ...joinLists(dependencies) };
}

function joinLists(lists: readonly (readonly number[])[]): Pick<Links, 'predecessors' | 'predecessorStart'> {
  const predecessorStart = new Uint32Array(lists.length + 1);
  for (let i = 0; i < lists.length; i++) {
    predecessorStart[i + 1] = (predecessorStart[i] as number) + (lists[i]?.length ?? 0);
  }
  const predecessors = new Uint32Array(predecessorStart[lists.length] as number);
  for (let i = 0; i < lists.length; i++) predecessors.set(lists[i] ?? [], predecessorStart[i]);
  return { predecessors, predecessorStart };
}

/** Steps in an order in which each comes after its dependencies; those on or behind a cycle are left out. */
export function topologicalOrder(links: Links): Uint32Array {
  const waitingFor = links.dependencyCount.slice();
  const order: number[] = [];
  for (let i = 0; i < waitingFor.length; i++) if (waitingFor[i] === 0) order.push(i);
  for (let at = 0; at < order.length; at++) {
    const step = order[at] as number;
    const end = links.successorStart[step + 1] as number;
    for (let s = links.successorStart[step] as number; s < end; s++) {
      const successor = links.successors[s] as number;
      const left = (waitingFor[successor] as number) - 1;
      waitingFor[successor] = left;
      if (left === 0) order.push(successor);
    }
  }
  return Uint32Array.from(order);
}

/**
 * Finds one cycle among the steps that `order` leaves out, each followed by one that it depends on. Each of them waits
 * for another one left out, so walking from any along such dependencies must come back.
 */
export function findCycle(links: Links, order: Uint32Array): number[] {
  const sorted = new Set(order);
  const start = links.dependencies.findIndex((_, i) => !sorted.has(i));
  const seenAt = new Map<number, number>();
  const path: number[] = [];
  let step = start;
  while (!seenAt.has(step)) {
    seenAt.set(step, path.length);
    path.push(step);
    step = (links.dependencies[step] ?? []).find((d) => !sorted.has(d)) as number;
  }
  return path.slice(seenAt.get(step));
}
