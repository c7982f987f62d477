import { createHash, randomUUID } from 'node:crypto';
import {
  createDatabase,
  type Database,
  loadStatements,
  type MigrationLine,
  migrate,
  readMigrations,
  withIdentifiers,
} from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { sharedServerUrl } from './shared-server.ts';

export interface TestDatabase {
  readonly url: string;
  /** Removes it, ending sessions that are still open. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Migrations that the database has; kit/postgres's own are always there. */
  lines?: readonly MigrationLine[];
  /** Where it is made; the run's own server unless told. */
  serverUrl?: string;
}

const sql = loadStatements(new URL('./queries/', import.meta.url), [
  'clone-database',
  'drop-database',
  'publish-template',
  'database-exists',
  'lock-template',
]);

/**
 * A database of its own for one test or test file, cloned from a template that is migrated once per run and set of
 * migrations.
 */
export async function testDatabase({ lines = [], ...given }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = given.serverUrl ?? (await sharedServerUrl());
  const template = templateName(lines);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withServer(serverUrl, async (server) => {
    const existing = await server.query(sql['database-exists'], [template]);
    if (existing.length === 0) await buildTemplate(server, serverUrl, template, lines);
    await server.query(withIdentifiers(sql['clone-database'], { name, template }));
  });
  return {
    url: databaseUrl(serverUrl, name),
    drop: () =>
      withServer(serverUrl, async (server) => {
        await server.query(withIdentifiers(sql['drop-database'], { name }));
      }),
  };
}

function templateName(lines: readonly MigrationLine[]): string {
  const hash = createHash('sha256');
  for (const { label, checksum } of readMigrations(lines)) hash.update(`${label} ${checksum}\n`);
  return `template_${hash.digest('hex').slice(0, 24)}`;
}

async function buildTemplate(
  server: Database,
  serverUrl: string,
  template: string,
  lines: readonly MigrationLine[],
): Promise<void> {
  await server.query(sql['lock-template'], [template]);
  const existing = await server.query(sql['database-exists'], [template]);
  if (existing.length > 0) return;
  const draft = `${template}_draft`;
  await server.query(withIdentifiers(sql['drop-database'], { name: draft }));
  await server.query(withIdentifiers(sql['clone-database'], { name: draft, template: 'template0' }));
  await migrate({ url: databaseUrl(serverUrl, draft), lines });
  await server.query(withIdentifiers(sql['publish-template'], { draft, template }));
}

/** One connection for the whole of `work`: an advisory lock belongs to its session. */
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

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
