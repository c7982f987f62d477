import { heartbeatAnswer, register, registered, uuid, workerHttp } from '@taskflow/contracts-worker-protocol';
import { Problem, type Route, route } from '@taskflow/kit-http';
import { z } from 'zod';
import { RegistrationError } from '../application/commands/register-worker.ts';
import { capabilitiesOf } from './capabilities.ts';
import { deliveryText } from './delivery-text.ts';
import { PollingWorkers } from './polling-workers.ts';
import type { WorkerApi } from './worker-api.ts';
import {
  outcomesOf,
  type ReadReports,
  readCompletions,
  readFailures,
  readProgress,
  supersededIn,
  weighed,
} from './worker-reports.ts';

const tag = 'Worker protocol';

/** Reports are read item by item: one that cannot be read fails its own task and not its neighbours. */
const reportItems = z.strictObject({ session: uuid, items: z.array(z.unknown()).min(1).max(1_000) });

/** The worker protocol as plain HTTP: the same verbs, for workers that cannot hold a connection. */
export function workerVerbRoutes(api: WorkerApi): Route[] {
  const workers = new PollingWorkers(api);
  return [...takingRoutes(api, workers), ...reportingRoutes(api, workers)];
}

function takingRoutes(api: WorkerApi, workers: PollingWorkers): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/worker/register',
      summary: 'Begin a worker session, or go on with one',
      tag,
      body: register,
      answers: { 200: registered },
      async handle({ body }) {
        const resume = body.session === undefined ? undefined : { session: body.session, holds: body.holds ?? [] };
        const capabilities = capabilitiesOf(body, api.tenantId);
        const { session, lost } = await api.register({ capabilities, resume }).catch((error: unknown) => {
          if (!(error instanceof RegistrationError)) throw error;
          throw new Problem(422, { code: error.code, detail: error.message });
        });
        workers.connect(session);
        const { leaseMs, heartbeatMs } = api;
        return { status: 200, body: { session: session.id, leaseMs, heartbeatMs, lost } };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/worker/claim',
      summary: 'Take work; waits for the first task',
      tag,
      body: workerHttp.claimRequest,
      answers: { 200: workerHttp.claimAnswer },
      async handle({ body, signal }) {
        const { deliveries, lost } = await workers.claim(body, signal);
        const tail = lost ? `,"lost":${JSON.stringify(lost)}` : '';
        return { status: 200, json: `{"deliveries":[${deliveries.map(deliveryText).join(',')}]${tail}}` };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/worker/heartbeat',
      summary: 'Give a sign of life',
      tag,
      body: workerHttp.heartbeatRequest,
      answers: { 200: heartbeatAnswer },
      handle: async ({ body }) => ({
        status: 200,
        body: { lost: await workers.heartbeat(body.session, body) },
      }),
    }),
  ];
}

function reportingRoutes(api: WorkerApi, workers: PollingWorkers): Route[] {
  async function settled(session: string, { reports: read, unreadable }: ReadReports) {
    if (read.length === 0) throw unreadableItems(unreadable);
    const reports = weighed(read, api.pool.get(session));
    workers.heardOf(session, reports.map(leaseOf), true);
    const outcomes = outcomesOf(reports, await api.settle(reports));
    const known = api.pool.get(session);
    if (known) api.dispatcher.superseded(known, supersededIn(outcomes));
    return { status: 200, body: { outcomes, ...(unreadable.length > 0 && { unreadable }) } };
  }

  return [
    route({
      method: 'POST',
      path: '/api/v1/worker/progress',
      summary: 'Report progress of running attempts',
      tag,
      body: reportItems,
      itemsApart: 'items',
      answers: { 202: null },
      handle({ body, refusedItems: refused }) {
        const { reports, unreadable } = readProgress({ items: body.items, refused }, api.tenantId);
        if (reports.length === 0) throw unreadableItems(unreadable);
        workers.heardOf(body.session, reports.map(leaseOf), false);
        api.progress.report(reports);
        return Promise.resolve({ status: 202 });
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/worker/complete',
      summary: 'Report results; answered once they are on disk',
      tag,
      body: reportItems,
      itemsApart: 'items',
      bodyLimit: api.bounds.bodyBytes,
      answers: { 200: workerHttp.outcomesAnswer },
      handle: ({ body, refusedItems: refused }) =>
        settled(body.session, readCompletions({ items: body.items, refused }, api.tenantId)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/worker/fail',
      summary: 'Report attempts that ended without a result',
      tag,
      body: reportItems,
      itemsApart: 'items',
      bodyLimit: api.bounds.bodyBytes,
      answers: { 200: workerHttp.outcomesAnswer },
      handle: ({ body, refusedItems: refused }) =>
        settled(body.session, readFailures({ items: body.items, refused }, api.tenantId)),
    }),
  ];
}

const leaseOf = ({ lease }: { lease: string }) => lease;

function unreadableItems(indexes: readonly number[]): Problem {
  return new Problem(422, {
    code: 'invalid_report',
    detail: 'No item names an attempt. Nothing was written.',
    errors: indexes.slice(0, 50).map((index) => ({
      pointer: `#/items/${index}`,
      code: 'invalid_report',
      detail: 'An item needs a lease and a taskId, both UUIDs.',
    })),
  });
}
