import { loadTypedStatements, type TypedStatements } from '@taskflow/kit-postgres';
import { signatures } from './statements.generated.ts';

export type TaskExecutionStatements = TypedStatements<typeof signatures>;

let loaded: TaskExecutionStatements | undefined;

/** Read once, by the first store that is built. */
export function taskExecutionStatements(): TaskExecutionStatements {
  loaded ??= loadTypedStatements(new URL('./queries/', import.meta.url), signatures);
  return loaded;
}
