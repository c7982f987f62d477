import { test } from 'node:test';
import { createInProcessBus } from '@taskflow/kit-messaging';
import { createMemoryLog } from '@taskflow/kit-messaging/testing';
import { silentTelemetry, tryServiceStartsAndStops } from '@taskflow/kit-testing';
import { systemClock, systemIds } from '@taskflow/kit-time';
import { createTaskCounts, taskCountsMigrations } from './index.ts';

test('holds under starts and stops in any order, in the middle of what it does or not', () =>
  tryServiceStartsAndStops(taskCountsMigrations, (url) => {
    const environment = { clock: systemClock, ids: systemIds, telemetry: silentTelemetry() };
    const bus = createInProcessBus(environment);
    const service = createTaskCounts({ ...environment, postgres: { url }, bus });
    bus.attach(createMemoryLog('task-execution'));
    return { service, engage: () => void service.http.health() };
  }));
