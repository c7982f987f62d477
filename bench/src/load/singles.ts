import { percentile } from '../figures/statistics.ts';
import type { HttpClient } from './http-client.ts';
import { payloadText } from './payload.ts';
import { readFinished, untilTasksFinished } from './progress.ts';

const rampMs = 1_000;

/** One POST per task by so many callers, each waiting for its answer. Latencies in milliseconds, answer included. */
export async function singleCreates(
  client: HttpClient,
  { seconds, callers }: { seconds: number; callers: number },
): Promise<{ perSecond: number; p50: number; p99: number }> {
  const start = await readFinished(client);
  const bodies = Array.from({ length: 64 }, () => Buffer.from(`{"type":"taskflow.noop","payload":${payloadText()}}`));
  const latencies: number[] = [];
  let posted = 0;
  const from = performance.now() + rampMs;
  const to = from + seconds * 1000;
  const caller = async (): Promise<void> => {
    for (let sent = performance.now(); sent < to; sent = performance.now()) {
      await client.post('/api/v1/tasks', bodies[posted++ % bodies.length] ?? '');
      const answered = performance.now();
      if (answered >= from && answered <= to) latencies.push(answered - sent);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  await untilTasksFinished(client, start, posted);
  return { perSecond: latencies.length / seconds, p50: percentile(latencies, 50), p99: percentile(latencies, 99) };
}
