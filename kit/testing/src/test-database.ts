import { randomUUID } from 'node:crypto';
import { createDatabase, type Database, type MigrationLine } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { sharedServerUrl } from './shared-server.ts';
import { cloneDatabase, databaseUrl, dropDatabase, ensureTemplate } from './template.ts';

export interface TestDatabase {
  readonly url: string;
  /** Removes it, ending sessions that are still open. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Migrations that the database has; kit/postgres's own are always there. */
  lines?: readonly MigrationLine[];
}

/**
 * A database of its own for one test or test file, cloned from a template that is migrated once per run and set of
 * migrations.
 */
export async function testDatabase({ lines = [] }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = await sharedServerUrl();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withServer(serverUrl, async (server) => {
    await cloneDatabase(server, name, await ensureTemplate(server, serverUrl, lines));
  });
  return {
    url: databaseUrl(serverUrl, name),
    drop: () => withServer(serverUrl, (server) => dropDatabase(server, name)),
  };
}

async function withServer(url: string, work: (server: Database) => Promise<void>): Promise<void> {
  const server = createDatabase({
    url,
    name: 'kit-testing',
    poolSize: 1,
    profile: 'general',
    queryTimeoutMs: 60_000,
    telemetry: silentTelemetry(),
  });
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}
