import { testDatabase } from '@taskflow/kit-testing';
import { taskExecutionMigrations } from '@taskflow/task-execution';
import { taskManagementMigrations } from '@taskflow/task-management';
import type { ServiceName } from '../database-server.ts';

/** A database per service, cloned from a migrated template of the run's server, shared with nobody. */
export interface TestDatabases {
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** Removes them, ending sessions that are still open. */
  drop(): Promise<void>;
}

export async function createTestDatabases(): Promise<TestDatabases> {
  const [management, execution] = await Promise.all([
    testDatabase({ lines: taskManagementMigrations }),
    testDatabase({ lines: taskExecutionMigrations }),
  ]);
  return {
    urls: { 'task-management': management.url, 'task-execution': execution.url },
    drop: async () => {
      await Promise.all([management.drop(), execution.drop()]);
    },
  };
}
