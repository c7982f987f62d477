import { createDatabase, loadStatements } from '@taskflow/kit-postgres';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import { PlatformError } from './platform-error.ts';

/**
 * Refuses to start when the pools could together ask for more connections than the server grants: the one that is
 * too many would fail under load, not now.
 */
export async function checkConnectionBudget(
  url: string,
  needed: number,
  { telemetry, clock }: { telemetry: Telemetry; clock: Clock },
): Promise<void> {
  const sql = loadStatements(new URL('./queries/', import.meta.url), ['connection-limit']);
  const database = createDatabase({ url, name: 'budget', poolSize: 1, profile: 'general', telemetry, clock });
  try {
    const [row] = await database.query<{ connection_limit: number }>(sql['connection-limit']);
    const limit = Number(row?.connection_limit ?? 0);
    if (limit >= needed) return;
    throw new PlatformError(
      'too_few_connections',
      `The database server grants ${limit} connections, and this platform needs ${needed}. Raise max_connections.`,
    );
  } finally {
    await database.stop();
  }
}
