import { percentile } from '../figures/statistics.ts';
import type { HttpClient } from './http-client.ts';
import { payloadText } from './payload.ts';

const queue = 'bench-backlog';
const type = 'bench.backlog';
const claimSize = 100;
const fillSize = 500;
const heartbeatEveryMs = 3_000;

/** A queue that nobody serves but this, so that it holds exactly what was put there. */
export interface Backlog {
  /** Creates so many tasks that stay waiting. */
  fill(count: number): Promise<{ perSecond: number }>;
  /** Creates 100, claims 100 and completes them, over and over: median milliseconds of each. */
  turnOver(turns: number): Promise<Record<'createMs' | 'claimMs' | 'completeMs', number>>;
}

interface Delivery {
  readonly lease: string;
  readonly taskId: string;
}

export async function createBacklog(client: HttpClient): Promise<Backlog> {
  const worker = { name: 'bench-backlog', queues: [queue], types: [type], concurrency: claimSize };
  const { session } = JSON.parse((await client.post('/api/v1/worker/register', JSON.stringify(worker))).body) as {
    session: string;
  };
  const batch = (size: number): string => {
    const tasks = Array.from(
      { length: size },
      () => `{"type":"${type}","queue":"${queue}","payload":${payloadText()}}`,
    );
    return `{"tasks":[${tasks.join(',')}]}`;
  };
  let heartbeatAt = performance.now();

  async function fill(count: number): Promise<{ perSecond: number }> {
    const body = Buffer.from(batch(fillSize));
    const begin = performance.now();
    let left = count;
    const poster = async (): Promise<void> => {
      while (left > 0) {
        const size = Math.min(left, fillSize);
        left -= size;
        await client.post('/api/v1/tasks/batch', size === fillSize ? body : batch(size));
        await giveSignOfLife();
      }
    };
    await Promise.all(Array.from({ length: 4 }, poster));
    return { perSecond: (count / (performance.now() - begin)) * 1000 };
  }

  async function turnOver(turns: number): Promise<Record<'createMs' | 'claimMs' | 'completeMs', number>> {
    const times = { createMs: [] as number[], claimMs: [] as number[], completeMs: [] as number[] };
    const timed = async <T>(list: number[], work: () => Promise<T>): Promise<T> => {
      const begin = performance.now();
      const result = await work();
      list.push(performance.now() - begin);
      return result;
    };
    for (let turn = 0; turn < turns; turn += 1) {
      const body = batch(claimSize);
      await timed(times.createMs, () => client.post('/api/v1/tasks/batch', body));
      const claimed = await timed(times.claimMs, claim);
      await timed(times.completeMs, () => complete(claimed));
      await giveSignOfLife();
    }
    return {
      createMs: percentile(times.createMs, 50),
      claimMs: percentile(times.claimMs, 50),
      completeMs: percentile(times.completeMs, 50),
    };
  }

  async function claim(): Promise<Delivery[]> {
    const request = { session, max: claimSize, waitMs: 5_000 };
    const { body } = await client.post('/api/v1/worker/claim', JSON.stringify(request));
    const { deliveries } = JSON.parse(body) as { deliveries: Delivery[] };
    if (deliveries.length !== claimSize) throw new Error(`a claim gave ${deliveries.length} of ${claimSize} tasks`);
    return deliveries;
  }

  async function complete(deliveries: readonly Delivery[]): Promise<void> {
    const items = deliveries.map(({ lease, taskId }) => ({ lease, taskId, result: null }));
    await client.post('/api/v1/worker/complete', JSON.stringify({ session, items }));
  }

  async function giveSignOfLife(): Promise<void> {
    if (performance.now() - heartbeatAt < heartbeatEveryMs) return;
    heartbeatAt = performance.now();
    await client.post('/api/v1/worker/heartbeat', JSON.stringify({ session, holds: [], received: 0 }));
  }

  return { fill, turnOver };
}
