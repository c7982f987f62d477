import { test } from 'node:test';
import { createInProcessBus } from '@taskflow/kit-messaging';
import { silentTelemetry, tryServiceStartsAndStops } from '@taskflow/kit-testing';
import { systemClock, systemIds, systemRandom } from '@taskflow/kit-time';
import { createManagementDouble } from '../testing/management-double.ts';
import { createTaskExecution, taskExecutionMigrations } from './index.ts';

test('holds under starts and stops in any order, in the middle of what it does or not', () =>
  tryServiceStartsAndStops(taskExecutionMigrations, (url) => {
    const environment = { clock: systemClock, telemetry: silentTelemetry(), ids: systemIds, random: systemRandom };
    const bus = createInProcessBus(environment);
    const service = createTaskExecution({ ...environment, postgres: { url }, bus });
    createManagementDouble(bus);
    return { service, engage: () => void service.http.health() };
  }));
