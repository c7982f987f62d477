import { silentTelemetry } from '@taskflow/kit-telemetry';
import { composeServices, systemEnvironment } from './composition.ts';
import { createHttp, nothingShared } from './http.ts';
import { readPlatformSettings } from './settings.ts';

/** The OpenAPI document of the whole platform as JSON text. Composes the services without starting anything. */
export function renderOpenApi(): string {
  const { settings } = readPlatformSettings({});
  const environment = systemEnvironment(silentTelemetry());
  const nowhere = 'postgres://nobody@127.0.0.1:1/none';
  const hosted = composeServices(settings, { 'task-management': nowhere, 'task-execution': nowhere }, environment);
  const http = createHttp(settings, settings.listen, hosted, nothingShared, environment);
  return `${JSON.stringify(http.describe(), undefined, 2)}\n`;
}
