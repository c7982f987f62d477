import { childrenOf, isTrueAt, nodeAt, nodesAt, numberAt, textAt, textsAt, type TreeNode } from './node-tree.ts';

/** A query and those around it, itself last: a variable says how many levels out its table is. */
export type Scope = readonly TreeNode[];

/** An expression, and where its variables are looked up. */
export interface Place {
  readonly expression: TreeNode;
  readonly scope: Scope;
}

/** The origin of a variable's value. */
export type Origin =
  | { readonly kind: 'column'; readonly table: number; readonly column: number }
  /** Of the array parameter of this number, unnested. */
  | { readonly kind: 'element'; readonly parameter: number }
  | { readonly kind: 'ordinality' }
  /** One of several arms of a union, or the one expression of a subquery. */
  | { readonly kind: 'expressions'; readonly places: readonly Place[] }
  | { readonly kind: 'unknown' };

const kinds = { table: 0, subquery: 1, join: 2, function: 3, cte: 6, group: 9 } as const;
const unknown: Origin = { kind: 'unknown' };

export const queryOf = (scope: Scope): TreeNode => scope.at(-1) as TreeNode;

/** The range table entry that a variable names, and the scope whose table it is. */
export function sourceOf(variable: TreeNode, scope: Scope): { source: TreeNode | undefined; scope: Scope } {
  const outer = scope.slice(0, scope.length - numberAt(variable, 'varlevelsup'));
  const source = nodesAt(queryOf(outer), 'rtable')[numberAt(variable, 'varno') - 1];
  return { source, scope: outer };
}

export function originOf(variable: TreeNode, within: Scope): Origin {
  const { source, scope } = sourceOf(variable, within);
  const column = numberAt(variable, 'varattno');
  if (source === undefined || column === 0) return unknown;
  const kind = numberAt(source, 'rtekind');
  if (kind === kinds.table) return { kind: 'column', table: numberAt(source, 'relid'), column };
  if (kind === kinds.function) return originInFunctions(source, column);
  if (kind === kinds.join) return expressionsOf(nodesAt(source, 'joinaliasvars')[column - 1], scope);
  if (kind === kinds.group) return expressionsOf(nodesAt(source, 'groupexprs')[column - 1], scope);
  if (kind === kinds.cte) return originInCte(source, column, scope);
  const subquery = nodeAt(source, 'subquery');
  if (kind !== kinds.subquery || subquery === undefined) return unknown;
  return { kind: 'expressions', places: outputsOf(subquery, column, scope) };
}

function expressionsOf(expression: TreeNode | undefined, scope: Scope): Origin {
  return expression === undefined ? unknown : { kind: 'expressions', places: [{ expression, scope }] };
}

function originInFunctions(source: TreeNode, column: number): Origin {
  const calls = nodesAt(source, 'functions');
  if (isTrueAt(source, 'funcordinality') && column === calls.length + 1) return { kind: 'ordinality' };
  const parameter = unnestedParameter(calls[column - 1]);
  return parameter === undefined ? unknown : { kind: 'element', parameter };
}

/** Number of the parameter that a function in FROM takes apart, as `unnest` does. */
export function unnestedParameter(call: TreeNode | undefined): number | undefined {
  const [argument] = call === undefined ? [] : nodesAt(nodeAt(call, 'funcexpr') ?? call, 'args');
  return argument?.tag === 'PARAM' ? numberAt(argument, 'paramid') : undefined;
}

function originInCte(source: TreeNode, column: number, within: Scope): Origin {
  const scope = within.slice(0, within.length - numberAt(source, 'ctelevelsup'));
  const name = textAt(source, 'ctename');
  const cte = nodesAt(queryOf(scope), 'cteList').find((candidate) => textAt(candidate, 'ctename') === name);
  const query = cte && nodeAt(cte, 'ctequery');
  if (query === undefined) return unknown;
  // A recursive one refers to itself in its later arm: what its first arm gives says what it may hold.
  const isWithinItself = isTrueAt(source, 'self_reference');
  const places = outputsOf(query, column, scope);
  return { kind: 'expressions', places: isWithinItself ? places.slice(0, 1) : places };
}

/** Finds what a query gives in a column, from each of its arms. `around` is the scope in which it stands. */
export function outputsOf(query: TreeNode, column: number, enclosing: Scope): readonly Place[] {
  const scope = [...enclosing, query];
  const union = nodeAt(query, 'setOperations');
  if (union !== undefined) return armsOf(union).flatMap((arm) => outputsOfArm(arm, column, scope));
  const entry = outputEntries(query)[column - 1];
  const expression = entry && nodeAt(entry, 'expr');
  return expression === undefined ? [] : [{ expression, scope }];
}

function outputsOfArm(arm: TreeNode, column: number, scope: Scope): readonly Place[] {
  const subquery = nodeAt(nodesAt(queryOf(scope), 'rtable')[numberAt(arm, 'rtindex') - 1] ?? arm, 'subquery');
  return subquery === undefined ? [] : outputsOf(subquery, column, scope);
}

function armsOf(node: TreeNode): readonly TreeNode[] {
  if (node.tag !== 'SETOPERATIONSTMT') return [node];
  return ['larg', 'rarg'].flatMap((side) => armsOf(nodeAt(node, side) ?? node));
}

const select = 1;

/** Lists what a statement answers: the list of a SELECT, or what RETURNING names. */
export function outputEntries(query: TreeNode): readonly TreeNode[] {
  const list = numberAt(query, 'commandType') === select ? 'targetList' : 'returningList';
  return nodesAt(query, list).filter((entry) => !isTrueAt(entry, 'resjunk'));
}

/** Names under which a source in FROM is known, and those of its columns. */
export function aliasOf(source: TreeNode): { readonly name: string | undefined; readonly columns: readonly string[] } {
  const alias = nodeAt(source, 'alias');
  const names = nodeAt(source, 'eref');
  return {
    name: alias && textAt(alias, 'aliasname'),
    columns: alias === undefined || names === undefined ? [] : textsAt(names, 'colnames'),
  };
}

/** Coercions by which a value becomes one of another type: explicit ones, and those that the server adds. */
const coercions = new Set([1, 2]);

export function isCast(node: TreeNode): boolean {
  if (node.tag === 'FUNCEXPR') return coercions.has(numberAt(node, 'funcformat'));
  return node.tag === 'RELABELTYPE' || node.tag === 'COERCEVIAIO' || node.tag === 'ARRAYCOERCEEXPR';
}

export function castOperand(node: TreeNode): TreeNode | undefined {
  return nodeAt(node, 'arg') ?? nodesAt(node, 'args')[0];
}

/** Numbers of the parameters whose values, or elements, an expression is, casts apart. */
export function parametersBehind({ expression, scope }: Place): readonly number[] {
  if (expression.tag === 'PARAM') return [numberAt(expression, 'paramid')];
  const operand = isCast(expression) ? castOperand(expression) : undefined;
  if (operand !== undefined) return parametersBehind({ expression: operand, scope });
  if (expression.tag !== 'VAR') return [];
  const origin = originOf(expression, scope);
  if (origin.kind === 'element') return [origin.parameter];
  return origin.kind === 'expressions' ? origin.places.flatMap(parametersBehind) : [];
}

/** Every node of a statement with the queries around it. */
export function* placesIn(node: TreeNode, enclosing: Scope = []): Generator<Place> {
  const scope = node.tag === 'QUERY' ? [...enclosing, node] : enclosing;
  yield { expression: node, scope };
  for (const child of childrenOf(node)) yield* placesIn(child, scope);
}
