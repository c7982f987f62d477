import type { Queryable } from '../database.ts';
import { loadStatements } from '../statements.ts';

/** Answers from the system tables of one database what a tree names by number. */
export interface Catalog {
  typeName(id: number): string;
  functionName(id: number): string | undefined;
  operatorName(id: number): string | undefined;
  columnName(table: number, column: number): string | undefined;
  isNotNull(table: number, column: number): boolean;
}

interface NameRow {
  id: number;
  name: string;
}

interface ColumnRow extends NameRow {
  table_id: number;
  not_null: boolean;
}

export async function readCatalog(database: Queryable): Promise<Catalog> {
  const sql = loadStatements(new URL('./queries/', import.meta.url), [
    'read-columns',
    'read-functions',
    'read-operators',
    'read-types',
  ]);
  const names = async (name: 'read-functions' | 'read-operators' | 'read-types') => {
    const rows = await database.query<NameRow>(sql[name]);
    return new Map(rows.map(({ id, name: text }) => [id, text]));
  };
  const [types, functions, operators, columns] = await Promise.all([
    names('read-types'),
    names('read-functions'),
    names('read-operators'),
    database.query<ColumnRow>(sql['read-columns']),
  ]);
  const byPlace = new Map(columns.map((row) => [`${row.table_id}/${row.id}`, row]));
  return {
    typeName: (id) => types.get(id) ?? `type ${id}`,
    functionName: (id) => functions.get(id),
    operatorName: (id) => operators.get(id),
    columnName: (table, column) => byPlace.get(`${table}/${column}`)?.name,
    isNotNull: (table, column) => byPlace.get(`${table}/${column}`)?.not_null ?? false,
  };
}
