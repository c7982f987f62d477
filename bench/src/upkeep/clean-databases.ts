import { createDatabase, loadStatements } from '@taskflow/kit-postgres';
import type { EmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { silentTelemetry } from '@taskflow/kit-telemetry';

const statements = loadStatements(new URL('./queries/', import.meta.url), ['list-databases', 'vacuum']);

/**
 * Vacuums every database of the server. Autovacuum wakes every ten seconds: what one part leaves behind would else be
 * cleaned while the next one is measured, and the raw limit's dead rows would be on the platform's account.
 */
export async function cleanDatabases(server: Pick<EmbeddedPostgres, 'localUrl'>): Promise<void> {
  const databases = await inDatabase(server.localUrl('postgres'), 'list-databases');
  for (const { name } of databases) await inDatabase(server.localUrl(String(name)), 'vacuum');
}

async function inDatabase(url: string, statement: keyof typeof statements) {
  const database = createDatabase({
    url,
    name: 'bench-upkeep',
    poolSize: 1,
    profile: 'general',
    queryTimeoutMs: 300_000,
    telemetry: silentTelemetry(),
  });
  try {
    return await database.query(statements[statement]);
  } finally {
    await database.stop();
  }
}
