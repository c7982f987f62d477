import { systemClock } from '@taskflow/kit-time';
import type { Api } from '@taskflow/tests-e2e';

export interface HttpWorkerOptions {
  readonly name: string;
  readonly types: readonly string[];
  readonly concurrency: number;
  /** Makes the result of a payload. */
  readonly run: (payload: unknown) => unknown;
  /** How long that takes. */
  readonly takesMs: number;
  /** How a completion is written down, where it is not plain JSON. */
  readonly spell?: (item: CompletionItem, payload: unknown) => string;
}

export interface CompletionItem {
  readonly lease: string;
  readonly taskId: string;
  readonly result: unknown;
}

interface Delivery {
  readonly n: number;
  readonly lease: string;
  readonly taskId: string;
  readonly payload: unknown;
}

const pauseMs = 100;
const claimWaitMs = 1_000;
const heartbeatMs = 1_000;

/**
 * A worker of plain HTTP calls in this process that goes on whatever happens: a call without a good answer is made
 * again, a session that is gone is replaced. It does nothing that a worker would not do anyway.
 */
export function startHttpWorker(api: Api, options: HttpWorkerOptions) {
  const { name, types, concurrency, run, takesMs, spell = (item) => JSON.stringify(item) } = options;
  const stopping = new AbortController();
  const held = new Map<string, Delivery>();
  let session: string | undefined;
  let received = 0;

  async function verb<T>(verb: string, body: object | string): Promise<T | undefined> {
    const content = typeof body === 'string' ? { raw: body } : { body };
    const answer = await api
      .call<T>('POST', `/api/v1/worker/${verb}`, { ...content, deadlineMs: 10_000 })
      .catch(() => undefined);
    if (answer?.status === 409) session = undefined;
    return answer?.status === 200 ? answer.body : undefined;
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (session === undefined) await register();
      else await claim(session);
    }
  }

  async function register(): Promise<void> {
    held.clear();
    received = 0;
    session = (await verb<{ session: string }>('register', { name, types, concurrency }))?.session;
    if (session === undefined) await systemClock.sleep(pauseMs);
  }

  async function claim(own: string): Promise<void> {
    const answer = await verb<{ deliveries: Delivery[] }>('claim', {
      session: own,
      max: concurrency,
      waitMs: claimWaitMs,
    });
    if (answer === undefined) return systemClock.sleep(pauseMs);
    for (const delivery of answer.deliveries) held.set(delivery.lease, delivery);
    received = Math.max(received, ...answer.deliveries.map(({ n }) => n));
    await report(own);
  }

  async function report(own: string): Promise<void> {
    if (held.size === 0) return;
    await systemClock.sleep(takesMs);
    const items = [...held.values()].map(({ lease, taskId, payload }) =>
      spell({ lease, taskId, result: run(payload) }, payload),
    );
    const body = `{"session":${JSON.stringify(own)},"items":[${items.join(',')}]}`;
    const answer = await verb<{ outcomes: { lease: string }[] }>('complete', body);
    for (const { lease } of answer?.outcomes ?? []) held.delete(lease.toLowerCase());
  }

  async function beat(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (session !== undefined) await verb('heartbeat', { session, holds: [...held.keys()], received });
      await systemClock.sleep(heartbeatMs);
    }
  }

  const running = Promise.all([work(), beat()]);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
