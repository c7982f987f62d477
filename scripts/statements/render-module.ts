import type { ColumnShape, ParameterShape, StatementShape } from '@taskflow/kit-postgres/describing';

/** How values of each type are given as a parameter. Instants are given as ISO texts. */
const parameterTypes: Readonly<Record<string, string>> = {
  bool: 'boolean',
  bytea: 'Buffer',
  float8: 'number',
  int2: 'number',
  int4: 'number',
  int8: 'number',
  jsonb: 'string',
  text: 'string',
  timestamptz: 'string',
  uuid: 'string',
};

const listTypes = new Set(['bool', 'bytea', 'float8', 'int4', 'int8', 'text', 'timestamptz', 'uuid']);

/** How columns of each type arrive (`resultTypes` of kit/postgres). Instants are epoch milliseconds. */
const resultTypes: Readonly<Record<string, string>> = {
  bool: 'boolean',
  bytea: 'Buffer',
  float8: 'number',
  int2: 'number',
  int4: 'number',
  int8: 'number',
  name: 'string',
  numeric: 'string',
  text: 'string',
  'text[]': 'string[]',
  timestamptz: 'number',
  uuid: 'string',
  'uuid[]': 'string[]',
};

/** What of a statement the code has no words for. */
export class UnknownTypeError extends Error {}

export function renderModule(shapes: ReadonlyMap<string, StatementShape>): string {
  const entries = [...shapes].map(([name, shape]) => entryOf(name, shape));
  const used = ['Column', 'List'].filter((name) => entries.some((entry) => entry.includes(`${name}<`)));
  const imported = [...used.map((name) => `type ${name}`), 'signature'].join(', ');
  return `// Made by \`npm run statements\` from queries/*.sql and the migrated schema. Not edited by hand.

import { ${imported} } from '@taskflow/kit-postgres';

/** What each statement takes and gives. */
export const signatures = {
${entries.join('\n')}
};
`;
}

/** Throws `UnknownTypeError` when the statement takes or gives what cannot be said in code. */
export function entryOf(name: string, { parameters, columns }: StatementShape): string {
  const taken = parameters.map((parameter, index) => `    ${parameterOf(parameter, index + 1)},\n`).join('');
  const given = columns.map((column) => `    ${columnOf(column)};\n`).join('');
  const types = `readonly [${taken === '' ? '' : `\n${taken}  `}], ${given === '' ? 'never' : `{\n${given}  }`}`;
  return `  '${name}': signature<${types}>(${setsOf(parameters)}),`;
}

function parameterOf({ type, isNullable, column }: ParameterShape, number: number): string {
  const element = type.endsWith('[]') ? type.slice(0, -2) : undefined;
  if (element === undefined) return known(parameterTypes, type, `$${number}`) + (isNullable ? ' | null' : '');
  if (!listTypes.has(element)) throw new UnknownTypeError(`$${number} has the type ${type}, which no list is made of`);
  if (column === undefined) return `List<'${element}'>${isNullable ? ' | null' : ''}`;
  const rest = [isNullable ? 'null' : 'never', `'${column.set}'`];
  const reported = column.set !== undefined ? rest : isNullable ? rest.slice(0, 1) : [];
  return `Column<${[`'${inCode(column.name)}'`, `'${element}'`, ...reported].join(', ')}>`;
}

function columnOf({ name, type, isNullable }: ColumnShape): string {
  const property = /^\w+$/.test(name) ? name : `'${name}'`;
  return `${property}: ${known(resultTypes, type, name)}${isNullable ? ' | null' : ''}`;
}

function known(types: Readonly<Record<string, string>>, type: string, what: string): string {
  const found = types[type];
  if (found !== undefined) return found;
  throw new UnknownTypeError(`${what} has the type ${type}, which no code reads or sends: cast it to another one`);
}

/** Sets of rows with their columns in the order of the parameters. */
function setsOf(parameters: readonly ParameterShape[]): string {
  const sets = new Map<string, string[]>();
  for (const { type, column } of parameters) {
    if (column === undefined) continue;
    const set = column.set ?? 'rows';
    sets.set(set, [...(sets.get(set) ?? []), `${inCode(column.name)}: '${type.slice(0, -2)}'`]);
  }
  if (sets.size === 0) return '';
  return `{\n${[...sets].map(([set, columns]) => `    ${set}: { ${columns.join(', ')} },\n`).join('')}  }`;
}

const inCode = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
