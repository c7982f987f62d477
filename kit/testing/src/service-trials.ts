import assert from 'node:assert/strict';
import { createDatabase, loadStatements, type MigrationLine } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { type OnTrial, tryStartsAndStops } from './start-stop-trials.ts';
import { testDatabase } from './test-database.ts';
import { eventuallyHolds } from './waiting.ts';

/**
 * Starts and stops instances of a service over one database in every order. Rejects where one breaks what `Service`
 * promises, or leaves a session in the database behind.
 */
export async function tryServiceStartsAndStops(
  lines: readonly MigrationLine[],
  open: (databaseUrl: string) => Pick<OnTrial, 'service' | 'engage'>,
): Promise<void> {
  const sql = loadStatements(new URL('./queries/', import.meta.url), ['find-other-sessions']);
  const { url, drop } = await testDatabase({ lines });
  const telemetry = silentTelemetry();
  const onlooker = createDatabase({ url, name: 'onlooker', poolSize: 1, profile: 'general', telemetry });
  // A session ends a moment after its connection.
  const noneLeft = () =>
    eventuallyHolds(async () => assert.deepEqual(await onlooker.query(sql['find-other-sessions']), []));
  await tryStartsAndStops(() => ({ ...open(url), left: () => noneLeft().then(() => []) }));
  await onlooker.stop();
  await drop();
}
