import { http } from '@taskflow/contracts-task-execution';
import { type Route, route } from '@taskflow/kit-http';
import { z } from 'zod';
import type { QueueChanges } from '../application/commands/change-queue.ts';
import type { QueueOverview } from '../application/queries/queue-overview.ts';

const tag = 'Queues';
const named = z.object({ name: z.string().min(1).max(200) });
const nothing = z.strictObject({});

export function queueRoutes(deps: { overview: QueueOverview; changes: QueueChanges; tenantId: string }): Route[] {
  const { overview, changes, tenantId } = deps;

  async function changed(name: string, change: Promise<void>) {
    await change;
    overview.forget();
    return { status: 200, body: await overview.get(tenantId, name) };
  }

  return [
    route({
      method: 'GET',
      path: '/api/v1/queues',
      summary: 'Queues with their depth, rates and limits',
      tag,
      answers: { 200: http.queueList },
      handle: async () => ({ status: 200, body: { items: await overview.list(tenantId) } }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/queues/:name',
      summary: 'One queue',
      tag,
      params: named,
      answers: { 200: http.queue },
      handle: async ({ params }) => ({ status: 200, body: await overview.get(tenantId, params.name) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/queues/:name/pause',
      summary: 'Hand over nothing more; what runs goes on',
      tag,
      params: named,
      body: nothing,
      answers: { 200: http.queue },
      handle: ({ params }) => changed(params.name, changes.pause(tenantId, params.name)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/queues/:name/resume',
      summary: 'Hand over again',
      tag,
      params: named,
      body: nothing,
      answers: { 200: http.queue },
      handle: ({ params }) => changed(params.name, changes.resume(tenantId, params.name)),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/queues/:name',
      summary: 'Limit how many tasks of the queue run at once',
      tag,
      params: named,
      body: http.patchQueue,
      answers: { 200: http.queue },
      handle: ({ params, body }) => changed(params.name, changes.limit(tenantId, params.name, body.concurrency)),
    }),
  ];
}
