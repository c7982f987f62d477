import { createDatabase, loadStatements } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';

const sql = loadStatements(new URL('./queries/', import.meta.url), ['end-sessions']);

/** Ends all sessions of these databases, which lie on one server. Resolves when nothing of them can commit any more. */
export async function endSessions(urls: readonly string[]): Promise<void> {
  const names = urls.map((url) => decodeURIComponent(new URL(url).pathname.slice(1)));
  const server = new URL(urls[0] ?? '');
  server.pathname = '/postgres';
  const database = createDatabase({
    url: server.href,
    name: 'test-end-sessions',
    poolSize: 1,
    profile: 'general',
    queryTimeoutMs: 30_000,
    telemetry: silentTelemetry(),
  });
  try {
    await database.query(sql['end-sessions'], [`{${names.join(',')}}`]);
  } finally {
    await database.stop();
  }
}
