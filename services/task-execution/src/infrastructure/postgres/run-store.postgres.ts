import type { Database } from '@taskflow/kit-postgres';
import type { RunStore } from '../../application/ports/run-store.ts';
import { runStatements } from './statement-files.ts';

export function createRunStore(database: Database): RunStore {
  const statements = runStatements();
  return {
    async begin() {
      const [row] = await database.query<{ clean: boolean }>(statements['take-clean-stop']);
      return row?.clean ?? false;
    },
    async end() {
      await database.query(statements['record-clean-stop']);
    },
  };
}
