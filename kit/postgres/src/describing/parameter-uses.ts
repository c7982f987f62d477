import type { Catalog } from './catalog.ts';
import { conditionsOf, valuesAskedBy } from './conditions.ts';
import { nodeAt, nodesAt, numberAt, textAt, type TreeNode } from './node-tree.ts';
import {
  aliasOf,
  outputEntries,
  outputsOf,
  parametersBehind,
  type Place,
  placesIn,
  unnestedParameter,
} from './scope.ts';

/** A column of rows that a statement unnests from several parameters at once. */
export interface RowColumn {
  /** Name in FROM; none where the statement takes one set of rows. */
  readonly set: string | undefined;
  readonly name: string | undefined;
}

/**
 * Says how a statement uses its parameters, by their numbers. What is said of one counts for the elements of a list,
 * too.
 */
export interface ParameterUses {
  readonly columns: ReadonlyMap<number, RowColumn>;
  /** The statement asks whether they are null, or has something to put in their place. */
  readonly questioned: ReadonlySet<number>;
  /** With a null the statement would find nothing, or break a constraint. */
  readonly needed: ReadonlySet<number>;
  /** Written as they are, into columns that may be null. */
  readonly storedAsNull: ReadonlySet<number>;
}

export function parameterUses(query: TreeNode, catalog: Catalog): ParameterUses {
  const places = [...placesIn(query)];
  const writes = places.flatMap(writesOf);
  const intoNotNull = writes.filter(({ table, column, isGuarded }) => catalog.isNotNull(table, column) && !isGuarded);
  const intoNullable = writes.filter(({ table, column }) => !catalog.isNotNull(table, column));
  return {
    columns: columnsIn(places, writes, catalog),
    questioned: new Set(places.flatMap(questionedBy)),
    needed: new Set([...demandedBy(query), ...returnedBy(query), ...intoNotNull.map(({ parameter }) => parameter)]),
    storedAsNull: new Set(intoNullable.map(({ parameter }) => parameter)),
  };
}

const withAnswersToNull = new Set(['BOOLEANTEST', 'NULLTEST', 'COALESCEEXPR', 'MINMAXEXPR', 'DISTINCTEXPR']);

function questionedBy({ expression, scope }: Place): readonly number[] {
  if (!withAnswersToNull.has(expression.tag)) return [];
  const argument = nodeAt(expression, 'arg');
  const compared = expression.tag === 'BOOLEANTEST' && argument !== undefined ? nodesAt(argument, 'args') : [];
  const asked = [argument ?? [], nodesAt(expression, 'args'), compared].flat();
  return asked.flatMap((node) => parametersBehind({ expression: node, scope }));
}

interface Write {
  readonly parameter: number;
  readonly table: number;
  readonly column: number;
  /** Rows are left out by a null in one of their columns, so that it stands for others as well. */
  readonly isGuarded: boolean;
}

const writing = new Set([2, 3]);

/** Parameters that an INSERT or UPDATE writes as they are. */
function writesOf({ expression: query, scope }: Place): readonly Write[] {
  if (query.tag !== 'QUERY' || !writing.has(numberAt(query, 'commandType'))) return [];
  const target = nodesAt(query, 'rtable')[numberAt(query, 'resultRelation') - 1];
  const table = target === undefined ? 0 : numberAt(target, 'relid');
  const isGuarded = conditionsOf(scope).some(
    ({ node, scope: where }) => node.tag === 'NULLTEST' && questionedBy({ expression: node, scope: where }).length > 0,
  );
  return nodesAt(query, 'targetList').flatMap((entry) => {
    const expression = nodeAt(entry, 'expr');
    const parameters = expression === undefined ? [] : parametersBehind({ expression, scope });
    return parameters.map((parameter) => ({ parameter, table, column: numberAt(entry, 'resno'), isGuarded }));
  });
}

/** Of the statement and of its common table expressions: elements of a list for which a null leaves no row. */
function demandedBy(query: TreeNode): readonly number[] {
  const parts = [query, ...nodesAt(query, 'cteList').flatMap((cte) => nodeAt(cte, 'ctequery') ?? [])];
  return parts.flatMap((part) => {
    const scope = part === query ? [query] : [query, part];
    return conditionsOf(scope).flatMap((condition) =>
      valuesAskedBy(condition).flatMap((node) => parametersBehind({ expression: node, scope: condition.scope })),
    );
  });
}

function returnedBy(query: TreeNode): readonly number[] {
  return outputEntries(query).flatMap((_, index) => outputsOf(query, index + 1, []).flatMap(parametersBehind));
}

interface Unnested {
  readonly parameters: readonly number[];
  readonly set: string | undefined;
  readonly names: readonly string[];
}

function columnsIn(
  places: readonly Place[],
  writes: readonly Write[],
  catalog: Catalog,
): ReadonlyMap<number, RowColumn> {
  // A list by itself is a list, not rows.
  const sources = places.flatMap(unnestedBy).filter(({ parameters }) => parameters.length > 1);
  const sets = new Set(sources.map(({ parameters }) => parameters.join()));
  const columns = new Map<number, RowColumn>();
  for (const { parameters, set, names } of sources) {
    for (const [index, parameter] of parameters.entries()) {
      const written = writes.find((write) => write.parameter === parameter);
      const name = names[index] ?? (written && catalog.columnName(written.table, written.column));
      columns.set(parameter, { set: sets.size > 1 ? set : undefined, name: name ?? columns.get(parameter)?.name });
    }
  }
  return columns;
}

function unnestedBy({ expression: source }: Place): readonly Unnested[] {
  if (source.tag !== 'RANGETBLENTRY' || textAt(source, 'rtekind') !== '3') return [];
  const parameters = nodesAt(source, 'functions').flatMap((call) => unnestedParameter(call) ?? []);
  const { name, columns } = aliasOf(source);
  return [{ parameters, set: name, names: columns }];
}
