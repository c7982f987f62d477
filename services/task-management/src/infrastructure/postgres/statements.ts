import {
  loadTypedStatements,
  type Parameter,
  type ParametersOf,
  type Queryable,
  type RowOf,
  type Statement,
  type TypedStatements,
} from '@taskflow/kit-postgres';
import { signatures } from './statements.generated.ts';

export type TaskManagementStatements = TypedStatements<typeof signatures>;
type Name = keyof TaskManagementStatements;

/** The row that a statement answers, by its name. */
export type RowOfStatement<N extends Name> = RowOf<TaskManagementStatements[N]>;

/** Statements that answer one row with one number. */
type CountingName = {
  [N in Name]: [RowOfStatement<N>] extends [never]
    ? never
    : RowOfStatement<N> extends Readonly<Record<string, number>>
      ? N
      : never;
}[Name];

export function taskManagementStatements(): TaskManagementStatements {
  return loadTypedStatements(new URL('./queries/', import.meta.url), signatures);
}

/** Asks by the name of a statement. `count` gives the number that is all the statement answers. */
export function asking(tx: Queryable, statements: TaskManagementStatements) {
  const ask = <N extends Name>(name: N, parameters: ParametersOf<TaskManagementStatements[N]>) => {
    const statement: Statement = statements[name];
    return tx.query<RowOfStatement<N>>(statement, parameters as readonly Parameter[]);
  };
  const count = async <N extends CountingName>(name: N, parameters: ParametersOf<TaskManagementStatements[N]>) =>
    Object.values((await ask(name, parameters))[0] ?? {})[0] ?? 0;
  return { ask, count };
}
