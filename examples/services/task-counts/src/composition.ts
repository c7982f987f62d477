import {
  createFoundation,
  type HostedService,
  type ServiceDependencies,
  serviceMigrations,
} from '@taskflow/kit-service';
import { countRoutes } from './api/count-routes.ts';
import { consumedTypes, translateEvent } from './api/task-execution-events.ts';
import { boundsOf, type GivenBounds } from './application/bounds.ts';
import { createListDayCounts } from './application/queries/list-day-counts.ts';
import { createApplyTaskExecutionEvents } from './application/reactions/apply-task-execution-events.ts';
import { createCountStore } from './infrastructure/postgres/count-store.ts';
import { createCountMeter } from './infrastructure/telemetry/count-meter.ts';

export const serviceName = 'task-counts';

/** Migrations of this service's database, in the order of application. */
export const taskCountsMigrations = serviceMigrations(serviceName, new URL('../migrations/', import.meta.url));

export interface TaskCountsDependencies extends ServiceDependencies {
  /** Tests make them small enough to be crossed. */
  readonly bounds?: GivenBounds;
}

/** Joins the layers. `start` migrates the database, then opens the pools; delivery begins when the bus starts. */
export function createTaskCounts(dependencies: TaskCountsDependencies): HostedService {
  const bounds = boundsOf(dependencies.bounds);
  const foundation = createFoundation(
    {
      name: serviceName,
      migrations: taskCountsMigrations,
      pools: { data: { connections: 4, profile: 'data-path' } },
      roles: { events: 'data', pruning: 'data', health: 'data' },
    },
    dependencies,
  );
  const store = createCountStore({ ...foundation, database: foundation.pools.data });
  const meter = createCountMeter(foundation.telemetry);
  foundation.consume({
    source: 'task-execution',
    types: consumedTypes,
    maxEvents: bounds.eventsPerApply,
    translate: translateEvent,
    ...createApplyTaskExecutionEvents({ ...dependencies, store, meter }),
  });
  return foundation.host({ routes: countRoutes({ listDayCounts: createListDayCounts({ store }) }) });
}
