import { test } from 'node:test';
import { createInProcessBus } from '@taskflow/kit-messaging';
import { silentTelemetry, tryServiceStartsAndStops } from '@taskflow/kit-testing';
import { systemClock, systemIds } from '@taskflow/kit-time';
import { createExecutionDouble } from '../testing/execution-double.ts';
import { createTaskManagement, taskManagementMigrations } from './index.ts';

test('holds under starts and stops in any order, in the middle of what it does or not', () =>
  tryServiceStartsAndStops(taskManagementMigrations, (url) => {
    const environment = { clock: systemClock, telemetry: silentTelemetry() };
    const bus = createInProcessBus(environment);
    const service = createTaskManagement({ ...environment, postgres: { url }, bus, ids: systemIds });
    createExecutionDouble(bus);
    return { service, engage: () => void service.http.health() };
  }));
