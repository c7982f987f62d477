import type { HttpModule } from '@taskflow/kit-http';
import type { Service } from '@taskflow/kit-lifecycle';
import { createInProcessBus, type InProcessBus } from '@taskflow/kit-messaging';
import type { Database, DatabaseOptions, MigrateOptions } from '@taskflow/kit-postgres';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Ids, type Random, systemClock, systemIds, systemRandom } from '@taskflow/kit-time';
import { createTaskExecution, taskExecutionConnections } from '@taskflow/task-execution';
import { createTaskManagement, taskManagementSettings } from '@taskflow/task-management';
import type { ServiceName } from './database-server.ts';
import type { PlatformSettings } from './settings.ts';

export interface Environment {
  clock: Clock;
  ids: Ids;
  random: Random;
  telemetry: Telemetry;
  /** Opens the services' pools; the real thing unless told. */
  openDatabase?: (options: DatabaseOptions) => Database;
  /** Brings a service's database to the state of its migrations; the real thing unless told. */
  migrateDatabase?: (options: MigrateOptions) => Promise<void>;
}

export function systemEnvironment(telemetry: Telemetry): Environment {
  return { clock: systemClock, ids: systemIds, random: systemRandom, telemetry };
}

export interface HostedServices {
  readonly bus: InProcessBus;
  readonly services: readonly (Service & { readonly http: HttpModule })[];
  /** Most connections that they open together. */
  readonly connections: number;
}

/** Every service of this process, joined by the in-process bus. Nothing is started or connected yet. */
export function composeServices(
  settings: PlatformSettings,
  urls: Readonly<Record<ServiceName, string>>,
  environment: Environment,
): HostedServices {
  const { telemetry } = environment;
  const bus = createInProcessBus({ clock: environment.clock, telemetry: telemetry.child({ service: 'bus' }) });
  const managementSettings = taskManagementSettings.parse({ workflowMaxDescendants: settings.workflowMaxDescendants });
  const taskManagement = createTaskManagement({
    ...environment,
    bus,
    settings: managementSettings,
    postgres: { url: urls['task-management'] },
    telemetry: telemetry.child({ service: 'task-management' }),
  });
  const taskExecution = createTaskExecution({
    ...environment,
    bus,
    settings: { leaseMs: settings.leaseMs, heartbeatMs: settings.heartbeatMs },
    postgres: { url: urls['task-execution'] },
    telemetry: telemetry.child({ service: 'task-execution' }),
  });
  const { dataPathConnections, readConnections } = managementSettings;
  return {
    bus,
    services: [taskManagement, taskExecution],
    connections: dataPathConnections + readConnections + taskExecutionConnections,
  };
}
