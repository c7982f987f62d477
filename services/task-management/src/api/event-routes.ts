import { http } from '@taskflow/contracts-task-management';
import { type Route, route } from '@taskflow/kit-http';
import { z } from 'zod';
import type { RefusedCommand } from '../application/advance/advance-command.ts';
import type { ReceivedEvent } from '../application/commands/publish-event.ts';
import { payloadText, refusedCommand } from './refusals.ts';
import { defaultTenant } from './tenant.ts';

export interface EventUseCases {
  /** Gives how many steps waited for it. */
  publishEvent(tenantId: string, event: ReceivedEvent): Promise<number | RefusedCommand>;
}

const { workflows: bodies, scalars } = http;

export function eventRoutes({ publishEvent }: EventUseCases): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/workflow-events/:name',
      summary: 'Give an event to every step that waits for it now; what nobody waits for is not kept',
      tag: 'workflow-events',
      params: z.object({ name: scalars.name }),
      body: bodies.publishEvent,
      answers: { 202: bodies.eventReceipt },
      handle: async ({ params: { name }, body: { key, payload } }) => {
        const event = { name, key: String(key), payload: payloadText(payload, ['payload']) };
        const matched = await publishEvent(defaultTenant, event);
        if (typeof matched !== 'number') throw refusedCommand('event', matched);
        return { status: 202, body: { matched } };
      },
    }),
  ];
}
