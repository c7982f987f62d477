import { heartbeatAnswer, register, registered, workerHttp } from '@taskflow/contracts-worker-protocol';
import { Problem, type Route, route } from '@taskflow/kit-http';
import { z } from 'zod';
import { WorkerSession } from '../domain/worker-session.ts';
import type { Verdict } from '../application/ledger/ledger-command.ts';
import { capabilitiesOf } from './capabilities.ts';
import { deliveryText } from './delivery-text.ts';
import { PollingConnection } from './polling-connection.ts';
import type { WorkerApi } from './worker-api.ts';
import { type ReadReports, readCompletions, readFailures } from './worker-reports.ts';

const tag = 'Worker protocol';
const largestBody = 16 * 1024 * 1024;
/** A claim that does not want to wait still gives waiting work the time to be handed over. */
const handOverMs = 1_000;

/** Reports are read item by item: one that cannot be read fails its own task and not its neighbours. */
const reportItems = z.strictObject({ session: z.uuid(), items: z.array(z.unknown()).min(1).max(1_000) });

/** The worker protocol as plain HTTP: the same verbs, for workers that cannot hold a connection. */
export function workerVerbRoutes(api: WorkerApi): Route[] {
  async function sessionOf(id: string): Promise<{ session: WorkerSession; connection: PollingConnection }> {
    let session = api.dispatch.pool.get(id);
    if (!session) {
      const stored = await api.sessions.find(id);
      if (!stored) throw sessionLost();
      const leases = await api.sessions.leasesOf(id);
      session =
        api.dispatch.pool.get(id) ??
        new WorkerSession(id, stored.capabilities, stored.createdAt, api.clock.monotonic());
      if (!api.dispatch.pool.get(id)) {
        api.dispatch.pool.add(session);
        for (const lease of leases) session.restore(lease, lease.generation, api.clock.monotonic());
      }
    }
    return { session, connection: connect(session) };
  }

  function connect(session: WorkerSession): PollingConnection {
    const present = api.dispatch.connectionOf(session.id);
    if (present instanceof PollingConnection) return present;
    if (present)
      throw new Problem(409, { code: 'session_is_connected', detail: 'The worker is connected by WebSocket.' });
    const connection = new PollingConnection(api.clock);
    api.dispatch.connect(session, connection);
    return connection;
  }

  async function alive(session: WorkerSession, heartbeat: { holds: string[]; received: number }) {
    const { lost, gone } = await api.renew(session, heartbeat);
    if (gone) throw sessionLost();
    return lost;
  }

  /**
   * An open claim is a sign of life for as long as the worker holds nothing. One that runs tasks has to beat: a frozen
   * process keeps its request open too, and its tasks must be rescued all the same.
   */
  async function taking<T>(session: WorkerSession, taken: Promise<T>): Promise<T> {
    let isTaken = false;
    let cancel = () => {};
    const beat = () => {
      if (isTaken || session.leases.size > 0) return;
      api.showSignOfLife(session).catch(() => undefined);
      cancel = api.clock.after(api.heartbeatMs, beat);
    };
    cancel = api.clock.after(api.heartbeatMs, beat);
    try {
      return await taken;
    } finally {
      isTaken = true;
      cancel();
    }
  }

  async function settled({ reports, places, unreadable }: ReadReports, items: readonly unknown[]) {
    if (unreadable.length > 0) throw unreadableItems(unreadable);
    const verdicts: readonly Verdict[] = await api.settle(reports);
    const outcomes = items.map((_, index) => {
      const place = places.indexOf(index);
      return { lease: reports[place]?.lease ?? '', outcome: verdicts[place] ?? ('superseded' as const) };
    });
    return { status: 200, body: { outcomes } };
  }

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
        const { session, lost } = await api.register({ capabilities: capabilitiesOf(body, api.tenantId), resume });
        connect(session);
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
        const { session, connection } = await sessionOf(body.session);
        if (!(await api.showSignOfLife(session))) throw sessionLost();
        // No more than it has slots for: whoever asks by HTTP reports before it asks again.
        session.grantMore(Math.min(body.max, Math.max(0, session.capabilities.concurrency - session.leases.size)));
        api.dispatch.creditChanged(session);
        const mayGet = api.dispatch.backlogs.anyFor((lane) => session.serves(lane));
        const waitMs = Math.max(body.waitMs ?? 0, mayGet ? handOverMs : 0);
        const deliveries = await taking(session, connection.take(body.max, waitMs, signal));
        // What is not taken by this answer waits for the next call; nothing new is handed over until then.
        session.grantMore(0);
        return { status: 200, json: `{"deliveries":[${deliveries.map(deliveryText).join(',')}]}` };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/worker/heartbeat',
      summary: 'Give a sign of life',
      tag,
      body: workerHttp.heartbeatRequest,
      answers: { 200: heartbeatAnswer },
      async handle({ body }) {
        const { session } = await sessionOf(body.session);
        return { status: 200, body: { lost: await alive(session, body) } };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/worker/progress',
      summary: 'Report progress of running attempts',
      tag,
      body: workerHttp.progressRequest,
      answers: { 202: null },
      handle({ body }) {
        api.progress.report(body.items.map((item) => ({ ...item, tenantId: api.tenantId })));
        return Promise.resolve({ status: 202 });
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/worker/complete',
      summary: 'Report results; answered once they are on disk',
      tag,
      body: reportItems,
      bodyLimit: largestBody,
      answers: { 200: workerHttp.outcomesAnswer },
      handle: ({ body }) => settled(readCompletions(body.items, api.tenantId), body.items),
    }),
    route({
      method: 'POST',
      path: '/api/v1/worker/fail',
      summary: 'Report attempts that ended without a result',
      tag,
      body: reportItems,
      bodyLimit: largestBody,
      answers: { 200: workerHttp.outcomesAnswer },
      handle: ({ body }) => settled(readFailures(body.items, api.tenantId), body.items),
    }),
  ];
}

function sessionLost(): Problem {
  return new Problem(409, {
    code: 'session_lost',
    detail: 'This worker session does not exist (any more). Abort what it held, and register again.',
  });
}

function unreadableItems(indexes: readonly number[]): Problem {
  return new Problem(422, {
    code: 'invalid_report',
    detail: 'Some items name no attempt. Nothing of this request was written.',
    errors: indexes.map((index) => ({
      pointer: `#/items/${index}`,
      code: 'invalid_report',
      detail: 'An item needs a lease and a taskId, both UUIDs.',
    })),
  });
}
