import { http } from '@taskflow/contracts-task-execution';
import { type Route, route } from '@taskflow/kit-http';
import type { ListWorkers } from '../application/queries/list-workers.ts';

export function workerRoutes(deps: { listWorkers: ListWorkers; tenantId: string }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/workers',
      summary: 'Workers with their slots and their latest sign of life',
      tag: 'Workers',
      answers: { 200: http.workerList },
      handle: () => Promise.resolve({ status: 200, body: { items: deps.listWorkers(deps.tenantId) } }),
    }),
  ];
}
