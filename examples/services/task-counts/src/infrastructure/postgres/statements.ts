import { loadTypedStatements, type TypedStatements } from '@taskflow/kit-postgres';
import { signatures } from './statements.generated.ts';

export function taskCountsStatements(): TypedStatements<typeof signatures> {
  return loadTypedStatements(new URL('./queries/', import.meta.url), signatures);
}
