import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInProcessBus } from '@taskflow/kit-messaging';
import { createDatabase } from '@taskflow/kit-postgres';
import { eventuallyHolds, silentTelemetry, testDatabase, tryStartsAndStops } from '@taskflow/kit-testing';
import { systemClock, systemIds } from '@taskflow/kit-time';
import { createExecutionDouble } from '../testing/execution-double.ts';
import { createTaskManagement, taskManagementMigrations } from './index.ts';

const sessions = {
  name: 'sessions',
  text: "select application_name from pg_stat_activity where datname = current_database() and application_name like 'task-%'",
};

test('holds under starts and stops in any order, in the middle of what it does or not', async () => {
  const telemetry = silentTelemetry();
  const { url, drop } = await testDatabase({ lines: taskManagementMigrations });
  const onlooker = createDatabase({ url, name: 'onlooker', poolSize: 1, profile: 'general', telemetry });
  await tryStartsAndStops(() => {
    const bus = createInProcessBus({ clock: systemClock, telemetry });
    const service = createTaskManagement({
      postgres: { url },
      bus,
      clock: systemClock,
      ids: systemIds,
      telemetry,
    });
    createExecutionDouble(bus);
    return {
      service,
      engage: () => void service.http.health(),
      left: async () => {
        // A session ends a moment after its connection.
        await eventuallyHolds(async () => assert.deepEqual(await onlooker.query(sessions), []));
        return [];
      },
    };
  });
  await onlooker.stop();
  await drop();
});
