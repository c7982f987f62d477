import type { ChildToStart } from '../../domain/workflow/child-definition.ts';
import type { CompiledStep } from '../../domain/workflow/graph.ts';
import type { DefinitionKey, Key } from '../ports/advance-store.ts';
import { obtainGraphs } from './load-instance.ts';
import type { Needs } from './needs.ts';
import type { TransactionParts } from './transaction-parts.ts';
import { rootOf } from './transitions.ts';
import type { WorkflowInstance } from './workflow-instance.ts';

type DefinitionParts = Pick<TransactionParts, 'tx' | 'graphs' | 'maxDescendants' | 'transitions'>;

/** Gives what a step needs that starts a child; `undefined` for a step of another kind. */
export type ChildrenToStart = (instance: WorkflowInstance, step: number) => ChildToStart | undefined;

/** Reads the definitions of a pass by one statement, by another one the graphs that are not at hand, and counts what stands below roots. */
export async function loadDefinitions(parts: DefinitionParts, starts: Needs['start']): Promise<ChildrenToStart> {
  const { tx, graphs, maxDescendants } = parts;
  const { descendants } = parts.transitions;
  const keys = new Map<string, DefinitionKey>();
  for (const { instance, need } of starts) {
    const key = definitionKey(instance, need.step);
    if (key) keys.set(keyText(key), key);
  }
  if (keys.size === 0) return noChildren;
  const roots = rootsToCount(descendants, starts);
  const [loaded, counted] = await Promise.all([
    tx.loadDefinitions([...keys.values()]),
    roots.length === 0 ? [] : tx.readDescendants(roots),
  ]);
  for (const [id, below] of counted) descendants.set(id, below);
  const found = new Map([...keys].map(([text, { tenantId }], i) => [text, loaded[i] && { tenantId, ...loaded[i] }]));
  const graphOf = await obtainGraphs(
    tx,
    graphs,
    [...found.values()].filter((definition) => definition !== undefined),
  );
  return (instance, step) => {
    const key = definitionKey(instance, step);
    if (key === undefined) return undefined;
    const definition = found.get(keyText(key));
    return {
      definition: definition && { ...definition, graph: graphOf(definition) },
      descendants: descendants.get(rootOf(instance).id) ?? 0,
      maxDescendants,
    };
  };
}

function noChildren(): undefined {
  return undefined;
}

function definitionKey({ tenantId, graph }: WorkflowInstance, step: number): DefinitionKey | undefined {
  const { child } = graph.steps[step] as CompiledStep;
  return child && { tenantId, name: child.definition, version: child.version ?? null };
}

function keyText({ tenantId, name, version }: DefinitionKey): string {
  return `${tenantId}/${name}/${version}`;
}

/** Roots of children that are to start, which this transaction has not asked for. */
function rootsToCount(descendants: ReadonlyMap<string, number>, starts: Needs['start']): Key[] {
  const roots = new Map<string, Key>();
  for (const { instance, need } of starts) {
    const root = rootOf(instance);
    if (definitionKey(instance, need.step) && !descendants.has(root.id)) roots.set(root.id, root);
  }
  return [...roots.values()];
}
