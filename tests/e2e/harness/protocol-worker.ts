import { randomUUID } from 'node:crypto';
import type { Delivery, FailureReport, Outcome, Registered } from '@taskflow/contracts-worker-protocol';
import type { Api } from './api.ts';

export interface ProtocolWorkerOptions {
  readonly types: readonly string[];
  readonly queues?: readonly string[];
  readonly concurrency?: number;
  readonly name?: string;
}

/**
 * A worker that does nothing by itself: every verb of the HTTP worker protocol is one call of the test, so that
 * the test decides what is claimed, held, finished or kept back, and in which order.
 */
export async function registerWorker(api: Api, options: ProtocolWorkerOptions) {
  const { session, leaseMs } = await api.expect<Registered>(200, 'POST', '/api/v1/worker/register', {
    body: {
      name: options.name ?? `worker-${randomUUID().slice(0, 8)}`,
      types: options.types,
      queues: options.queues,
      concurrency: options.concurrency ?? 10,
    },
  });
  let received = 0;

  async function claim(max = 1, waitMs = 10_000): Promise<Delivery[]> {
    const body = { session, max, waitMs };
    const { deliveries } = await api.expect<{ deliveries: Delivery[] }>(200, 'POST', '/api/v1/worker/claim', { body });
    for (const delivery of deliveries) received = Math.max(received, delivery.n);
    return deliveries;
  }

  async function report(verb: 'complete' | 'fail', item: object): Promise<Outcome['outcome'] | undefined> {
    const body = { session, items: [item] };
    const answer = await api.expect<{ outcomes: Outcome[] }>(200, 'POST', `/api/v1/worker/${verb}`, { body });
    return answer.outcomes[0]?.outcome;
  }

  return {
    session,
    leaseMs,
    claim,
    /** The next delivery; fails when none comes. */
    async next(): Promise<Delivery> {
      for (let tries = 0; tries < 6; tries++) {
        const [delivery] = await claim(1);
        if (delivery !== undefined) return delivery;
      }
      throw new Error(`no delivery for ${options.types.join(', ')}`);
    },
    complete: ({ lease, taskId }: Delivery, result?: unknown) => report('complete', { lease, taskId, result }),
    fail: ({ lease, taskId }: Delivery, failure: Pick<FailureReport, 'error' | 'class' | 'retryAfterMs'>) =>
      report('fail', { lease, taskId, ...failure }),
    progress: ({ lease, taskId }: Delivery, fraction: number, message?: string) =>
      api.call('POST', '/api/v1/worker/progress', { body: { session, items: [{ lease, taskId, fraction, message }] } }),
    heartbeat: (holds: readonly Delivery[]) =>
      api.expect<{ lost: string[] }>(200, 'POST', '/api/v1/worker/heartbeat', {
        body: { session, holds: holds.map(({ lease }) => lease), received },
      }),
  };
}

export type ProtocolWorker = Awaited<ReturnType<typeof registerWorker>>;
