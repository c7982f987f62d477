import type { Catalog } from './catalog.ts';
import { conditionsOf, valuesAskedBy } from './conditions.ts';
import { isTrueAt, nodeAt, nodesAt, numberAt, textsAt, type TreeNode } from './node-tree.ts';
import { castOperand, isCast, originOf, outputsOf, type Place, queryOf, type Scope, sourceOf } from './scope.ts';

/** Functions that give a value whenever each of their arguments is one. Whatever is not listed may give null. */
const completeFunctions = new Set([
  'octet_length',
  'split_part',
  'to_json',
  'taskflow_now',
  'set_config',
  'row_number',
  'count',
]);
/** Aggregates that are null of no rows, or of nulls alone. */
const nullOfNothing = new Set(['array_agg', 'bool_and', 'bool_or', 'max', 'min', 'string_agg', 'sum']);
const completeOperators = new Set('= <> < <= > >= + - * / || ~ !~ ~~ !~~ @>'.split(' '));
const alwaysThere = new Set(['NULLTEST', 'BOOLEANTEST', 'DISTINCTEXPR', 'ARRAYEXPR']);
const subLinks = { exists: 0, one: 4, array: 6 } as const;

/**
 * Says whether an expression may be null, from the tree alone: from what the schema promises, what joins take away and
 * what conditions demand. `true` where that is not known.
 */
export class Nullability {
  readonly #catalog: Catalog;
  readonly #mayHoldNull: (parameter: number) => boolean;

  constructor(catalog: Catalog, mayHoldNull: (parameter: number) => boolean) {
    this.#catalog = catalog;
    this.#mayHoldNull = mayHoldNull;
  }

  /** Of a column that a statement answers. */
  ofOutput(query: TreeNode, column: number): boolean {
    const places = outputsOf(query, column, []);
    return places.length === 0 || places.some((place) => this.of(place));
  }

  of({ expression, scope }: Place): boolean {
    if (alwaysThere.has(expression.tag)) return false;
    const operand = isCast(expression) ? castOperand(expression) : undefined;
    if (operand !== undefined) return this.of({ expression: operand, scope });
    const given = nodesAt(expression, 'args');
    const mayBeNull = (node: TreeNode) => this.of({ expression: node, scope });
    switch (expression.tag) {
      case 'CONST':
        return isTrueAt(expression, 'constisnull');
      case 'PARAM':
        return this.#mayHoldNull(numberAt(expression, 'paramid'));
      case 'VAR':
        return this.#ofVariable(expression, scope);
      case 'BOOLEXPR':
        return given.some(mayBeNull);
      case 'FUNCEXPR':
      case 'OPEXPR':
      case 'WINDOWFUNC':
        return !this.#isComplete(expression) || given.some(mayBeNull);
      case 'AGGREF':
        return this.#ofAggregate(expression, scope);
      case 'COALESCEEXPR':
      case 'MINMAXEXPR':
        return given.every(mayBeNull);
      case 'CASEEXPR':
        return this.#ofCase(expression, scope);
      case 'SUBLINK':
        return this.#ofSubLink(expression, scope);
      default:
        return true;
    }
  }

  #isComplete(call: TreeNode): boolean {
    if (call.tag === 'OPEXPR') return completeOperators.has(this.#catalog.operatorName(numberAt(call, 'opno')) ?? '');
    const field = call.tag === 'WINDOWFUNC' ? 'winfnoid' : 'funcid';
    return completeFunctions.has(this.#catalog.functionName(numberAt(call, field)) ?? '');
  }

  #ofVariable(variable: TreeNode, scope: Scope): boolean {
    if (isDemanded(variable, scope)) return false;
    if (nullingJoins(variable) !== '') return true;
    const origin = originOf(variable, scope);
    switch (origin.kind) {
      case 'column':
        return origin.column > 0 && !this.#catalog.isNotNull(origin.table, origin.column);
      case 'element':
        return this.#mayHoldNull(origin.parameter);
      case 'ordinality':
        return false;
      case 'expressions':
        return origin.places.length === 0 || origin.places.some((place) => this.of(place));
      case 'unknown':
        return true;
    }
  }

  /** One over a group has rows to look at; over everything there may be none. */
  #ofAggregate(aggregate: TreeNode, scope: Scope): boolean {
    const name = this.#catalog.functionName(numberAt(aggregate, 'aggfnoid')) ?? '';
    if (name === 'count') return false;
    if (!nullOfNothing.has(name) || nodeAt(aggregate, 'aggfilter') !== undefined) return true;
    if (nodesAt(queryOf(scope), 'groupClause').length === 0) return true;
    return nodesAt(aggregate, 'args').some((argument) => {
      const expression = nodeAt(argument, 'expr');
      return expression === undefined || this.of({ expression, scope });
    });
  }

  #ofCase(expression: TreeNode, scope: Scope): boolean {
    const otherwise = nodeAt(expression, 'defresult');
    const results = nodesAt(expression, 'args').map((when) => nodeAt(when, 'result'));
    return [otherwise, ...results].some((result) => result === undefined || this.of({ expression: result, scope }));
  }

  #ofSubLink(link: TreeNode, scope: Scope): boolean {
    const kind = numberAt(link, 'subLinkType');
    if (kind === subLinks.exists || kind === subLinks.array) return false;
    const query = nodeAt(link, 'subselect');
    if (kind !== subLinks.one || query === undefined || !givesOneRow(query)) return true;
    return outputsOf(query, 1, scope).some((place) => this.of(place));
  }
}

/** Joins whose missing rows make nulls of a variable. */
const nullingJoins = (variable: TreeNode): string => textsAt(variable, 'varnullingrels').slice(1).join();

const update = 2;

/** Some condition of the variable's query is not true of a null. */
function isDemanded(variable: TreeNode, within: Scope): boolean {
  const { source, scope } = sourceOf(variable, within);
  if (source === undefined) return false;
  // Its conditions are about the row before, its result about the row after.
  const query = queryOf(scope);
  const isUpdated = numberAt(query, 'resultRelation') === numberAt(variable, 'varno');
  if (isUpdated && numberAt(query, 'commandType') === update) return false;
  const [column, joins] = [numberAt(variable, 'varattno'), nullingJoins(variable)];
  return conditionsOf(scope).some((condition) =>
    valuesAskedBy(condition).some(
      (asked) =>
        sourceOf(asked, condition.scope).source === source &&
        numberAt(asked, 'varattno') === column &&
        nullingJoins(asked) === joins,
    ),
  );
}

const mayLeaveNoRow = ['havingQual', 'limitOffset', 'limitCount'];

/** An aggregate over everything, or a list without FROM and WHERE. */
function givesOneRow(query: TreeNode): boolean {
  if (mayLeaveNoRow.some((clause) => nodeAt(query, clause) !== undefined) || isTrueAt(query, 'hasTargetSRFs'))
    return false;
  if (isTrueAt(query, 'hasAggs')) return nodesAt(query, 'groupClause').length === 0;
  const from = nodeAt(query, 'jointree');
  return from === undefined || (nodesAt(from, 'fromlist').length === 0 && nodeAt(from, 'quals') === undefined);
}
