import { http } from '@taskflow/contracts-task-counts';
import { type Route, route } from '@taskflow/kit-http';
import { z } from 'zod';
import type { ListDayCounts } from '../application/queries/list-day-counts.ts';
import { defaultTenant } from './tenant.ts';

export function countRoutes({ listDayCounts }: { readonly listDayCounts: ListDayCounts }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/task-counts/:type',
      summary: 'How many tasks of a type completed, day by day, newest first',
      tag: 'Task counts',
      params: z.object({ type: http.taskType }),
      query: http.listDayCounts,
      answers: { 200: http.dayCountList },
      async handle({ params: { type }, query: { days } }) {
        return { status: 200, body: { items: await listDayCounts(defaultTenant, type, days) } };
      },
    }),
  ];
}
