import { createInProcessBus, type InProcessBus } from '@taskflow/kit-messaging';
import type { HostedService, ServiceDependencies } from '@taskflow/kit-service';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Ids, type Random, systemClock, systemIds, systemRandom } from '@taskflow/kit-time';
import { createTaskExecution } from '@taskflow/task-execution';
import { createTaskManagement } from '@taskflow/task-management';
import type { ServiceName } from './database-server.ts';
import type { PlatformSettings } from './settings.ts';

export interface Environment extends Pick<ServiceDependencies, 'openDatabase' | 'migrateDatabase'> {
  clock: Clock;
  ids: Ids;
  random: Random;
  telemetry: Telemetry;
}

export function systemEnvironment(telemetry: Telemetry): Environment {
  return { clock: systemClock, ids: systemIds, random: systemRandom, telemetry };
}

export interface HostedServices {
  readonly bus: InProcessBus;
  readonly services: readonly HostedService[];
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
  const taskManagement = createTaskManagement({
    ...environment,
    bus,
    settings: { workflowMaxDescendants: settings.workflowMaxDescendants },
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
  const services = [taskManagement, taskExecution];
  return { bus, services, connections: services.reduce((sum, { connections }) => sum + connections, 0) };
}
