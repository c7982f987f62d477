import { isTrueAt, nodeAt, nodesAt, numberAt, type TreeNode, textAt } from './node-tree.ts';
import { queryOf, type Scope } from './scope.ts';

const inner = 0;
const isNotNull = 1;

/**
 * Conditions that every row of a query meets: those of WHERE, of inner joins, and of the subqueries that it joins them
 * with. One that cannot be true of a null tells that what it compares is there.
 */
export interface Condition {
  readonly node: TreeNode;
  readonly scope: Scope;
}

export function conditionsOf(scope: Scope): readonly Condition[] {
  const from = nodeAt(queryOf(scope), 'jointree');
  return from === undefined ? [] : conditionsIn(from, scope);
}

function conditionsIn(node: TreeNode, scope: Scope): readonly Condition[] {
  if (node.tag === 'RANGETBLREF') return conditionsOfSource(node, scope);
  if (node.tag === 'FROMEXPR') {
    return [
      ...conjuncts(nodeAt(node, 'quals'), scope),
      ...nodesAt(node, 'fromlist').flatMap((n) => conditionsIn(n, scope)),
    ];
  }
  // What an outer join misses it replaces by nulls; of its inner side nothing is known.
  if (node.tag !== 'JOINEXPR' || numberAt(node, 'jointype') !== inner) return [];
  const sides = ['larg', 'rarg'].flatMap((side) => conditionsIn(nodeAt(node, side) ?? node, scope));
  return [...conjuncts(nodeAt(node, 'quals'), scope), ...sides];
}

/** A row of a lateral subquery is there only where its own conditions held. A count gives a row in any case. */
function conditionsOfSource(reference: TreeNode, scope: Scope): readonly Condition[] {
  const source = nodesAt(queryOf(scope), 'rtable')[numberAt(reference, 'rtindex') - 1];
  const subquery = source && nodeAt(source, 'subquery');
  if (subquery === undefined || nodeAt(subquery, 'setOperations') !== undefined) return [];
  if (isTrueAt(subquery, 'hasAggs') && nodesAt(subquery, 'groupClause').length === 0) return [];
  return conditionsOf([...scope, subquery]);
}

function conjuncts(condition: TreeNode | undefined, scope: Scope): readonly Condition[] {
  if (condition === undefined) return [];
  if (condition.tag === 'BOOLEXPR' && textAt(condition, 'boolop') === 'and') {
    return nodesAt(condition, 'args').flatMap((node) => conjuncts(node, scope));
  }
  return [{ node: condition, scope }];
}

/** Variables that a condition asks for a value: it is never true of a null. */
export function valuesAskedBy({ node }: Condition): readonly TreeNode[] {
  const first = (list: string) => nodesAt(node, list).slice(0, 1);
  switch (node.tag) {
    case 'OPEXPR':
      return nodesAt(node, 'args').map(withoutRelabel).filter(isVariable);
    case 'SCALARARRAYOPEXPR':
      return first('args').map(withoutRelabel).filter(isVariable);
    // Of rows that are compared only the first values are always looked at.
    case 'ROWCOMPAREEXPR':
      return [...first('largs'), ...first('rargs')].map(withoutRelabel).filter(isVariable);
    case 'NULLTEST':
      return numberAt(node, 'nulltesttype') === isNotNull ? [nodeAt(node, 'arg') ?? node].filter(isVariable) : [];
    default:
      return [];
  }
}

const withoutRelabel = (node: TreeNode): TreeNode =>
  node.tag === 'RELABELTYPE' ? (nodeAt(node, 'arg') ?? node) : node;
export const isVariable = ({ tag }: TreeNode): boolean => tag === 'VAR';
