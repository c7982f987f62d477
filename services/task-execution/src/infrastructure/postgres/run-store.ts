import type { Database } from '@taskflow/kit-postgres';
import type { RunStore } from '../../application/ports/run-store.ts';
import { taskExecutionStatements } from './statements.ts';

export function createRunStore(database: Database): RunStore {
  const statements = taskExecutionStatements();
  return {
    async begin() {
      const [row] = await database.query(statements['take-clean-stop']);
      return row?.clean ?? false;
    },
    async end() {
      await database.query(statements['record-clean-stop']);
    },
  };
}
