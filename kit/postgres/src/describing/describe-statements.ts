import { silentTelemetry } from '@taskflow/kit-telemetry';
import { createDatabase } from '../pooled-database.ts';
import type { Statement } from '../database.ts';
import { type Catalog, readCatalog } from './catalog.ts';
import { type Described, type DescribeSession, openDescribeSession } from './describe-session.ts';
import { Nullability } from './nullability.ts';
import { parameterUses } from './parameter-uses.ts';

export interface ParameterShape {
  /** As PostgreSQL names it; an array as `element[]`. */
  readonly type: string;
  /** Of a list that is a column of rows: whether an element may be null. Else: whether the parameter may. */
  readonly isNullable: boolean;
  /** Of rows that the statement unnests from several parameters: name of the column, and of the rows where it takes several. */
  readonly column?: { readonly name: string; readonly set: string | undefined };
}

export interface ColumnShape {
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
}

/** The parameters and columns of a statement in one schema. */
export interface StatementShape {
  readonly parameters: readonly ParameterShape[];
  readonly columns: readonly ColumnShape[];
}

export interface StatementProblem {
  readonly statement: string;
  /** Line of its text, from 1, where the server says so. */
  readonly line: number | undefined;
  readonly message: string;
}

export interface StatementShapes {
  readonly shapes: ReadonlyMap<string, StatementShape>;
  readonly problems: readonly StatementProblem[];
}

/** Asks the database of `url`, which has the schema, what each statement takes and gives. Runs none of them. */
export async function describeStatements(url: string, statements: readonly Statement[]): Promise<StatementShapes> {
  const catalog = await catalogOf(url);
  const session = await openDescribeSession(url);
  const shapes = new Map<string, StatementShape>();
  const problems: StatementProblem[] = [];
  try {
    for (const { name, text } of statements) {
      const shape = await shapeOf(text, session, catalog).catch((error: unknown) => {
        problems.push({ statement: name, line: lineOf(error, text), message: messageOf(error) });
      });
      if (shape !== undefined) shapes.set(name, shape);
    }
  } finally {
    await session.end();
  }
  return { shapes, problems };
}

async function catalogOf(url: string): Promise<Catalog> {
  const database = createDatabase({
    url,
    name: 'describe',
    poolSize: 1,
    profile: 'general',
    telemetry: silentTelemetry(),
  });
  try {
    return await readCatalog(database);
  } finally {
    await database.stop();
  }
}

async function shapeOf(text: string, session: DescribeSession, catalog: Catalog): Promise<StatementShape> {
  const described = await session.describe(text);
  const parameters = parametersOf(described, catalog);
  return { parameters: parameters.shapes, columns: columnsOf(described, text, catalog, parameters.mayHoldNull) };
}

function parametersOf({ parameterTypes, tree }: Described, catalog: Catalog) {
  const { columns, questioned, needed, storedAsNull } = parameterUses(tree, catalog);
  // An element may be null unless something speaks against it; a single value only where something speaks for it.
  const mayHoldNull = (parameter: number) =>
    questioned.has(parameter) || (!needed.has(parameter) && (columns.has(parameter) || storedAsNull.has(parameter)));
  const shapes = parameterTypes.map((id, index): ParameterShape => {
    const number = index + 1;
    const type = catalog.typeName(id);
    const isNullable = mayHoldNull(number);
    const column = columns.get(number);
    if (column === undefined) return { type, isNullable };
    const { name, set } = column;
    if (name === undefined) throw new Error(`$${number} is a column of rows without a name: give its unnest an alias`);
    return { type, isNullable, column: { name, set } };
  });
  return { shapes, mayHoldNull };
}

function columnsOf(
  { columns, tree }: Described,
  text: string,
  catalog: Catalog,
  mayHoldNull: (parameter: number) => boolean,
): ColumnShape[] {
  const nullability = new Nullability(catalog, mayHoldNull);
  const promised = promisedIn(text);
  const stray = [...promised].find((name) => columns.every((column) => column.name !== name));
  if (stray !== undefined) throw new Error(`the header speaks of ${stray}, which is no column of the result`);
  const shapes = columns.map(({ name, type }, index): ColumnShape => {
    const isNullable = nullability.ofOutput(tree, index + 1);
    if (promised.has(name) && !isNullable)
      throw new Error(`${name} is never null by itself: the header need not say it`);
    return { name, type: catalog.typeName(type), isNullable: isNullable && !promised.has(name) };
  });
  const twice = columns.find(({ name }, index) => columns.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw new Error(`two columns of the result are named ${twice.name}`);
  return shapes;
}

/** Columns of the result that a header says are never null, where only its author can know. */
function promisedIn(text: string): Set<string> {
  const [, list = ''] = /^-- Never null: ([\w, ]+)/m.exec(text) ?? [];
  return new Set(list.split(',').flatMap((name) => name.trim() || []));
}

function lineOf(error: unknown, text: string): number | undefined {
  const position = Number((error as { position?: string }).position);
  return position > 0 ? text.slice(0, position).split('\n').length : undefined;
}

function messageOf(error: unknown): string {
  const { message, hint } = error as { message: string; hint?: string };
  return hint === undefined ? message : `${message} (${hint})`;
}
