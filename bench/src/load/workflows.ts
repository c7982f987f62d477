import { percentile } from '../figures/statistics.ts';
import type { HttpClient } from './http-client.ts';
import { type End, runWorkflow } from './latency.ts';

export type Shape = 'chain' | 'diamond' | 'saga';

interface Step {
  key: string;
  type: string;
  payload: unknown;
  dependsOn: string[];
}

const rampMs = 1_000;
const noop = (key: string, dependsOn: string[] = []): Step => ({
  key,
  type: 'taskflow.noop',
  payload: null,
  dependsOn,
});

/** So many chains of so many steps side by side in one graph. */
export function chains(count: number, length: number): Buffer {
  const steps = Array.from({ length: count }, (_, chain) =>
    Array.from({ length }, (__, step) => noop(`c${chain}-s${step}`, step === 0 ? [] : [`c${chain}-s${step - 1}`])),
  );
  return Buffer.from(JSON.stringify({ name: `chains-${count}x${length}`, steps: steps.flat() }));
}

function diamond(width: number): Buffer {
  const middle = Array.from({ length: width }, (_, index) => noop(`m${index}`, ['first']));
  const last = noop(
    'last',
    middle.map(({ key }) => key),
  );
  return Buffer.from(JSON.stringify({ name: 'diamond', steps: [noop('first'), ...middle, last] }));
}

/** The last of three steps fails, so that the two before it are undone. */
function saga(): Buffer {
  const compensated = (key: string, dependsOn?: string[]) => ({
    ...noop(key, dependsOn),
    compensation: { type: 'taskflow.noop', payload: null },
  });
  const failing = { ...noop('c', ['b']), type: 'taskflow.fail', retry: { maxAttempts: 1 } };
  return Buffer.from(JSON.stringify({ name: 'saga', steps: [compensated('a'), compensated('b', ['a']), failing] }));
}

const bodies: Record<Shape, Buffer> = { chain: chains(1, 5), diamond: diamond(10), saga: saga() };
const ends: Record<Shape, End> = { chain: 'completed', diamond: 'completed', saga: 'compensated' };

/** Keeps so many workflows in flight and counts those that end in the window; alone, it tells the idle latency. */
export async function workflowLoad(
  client: HttpClient,
  { shape, seconds, inFlight }: { shape: Shape; seconds: number; inFlight: number },
): Promise<{ perSecond: number; p50: number; p99: number }> {
  const body = bodies[shape];
  const latencies: number[] = [];
  const from = performance.now() + rampMs;
  const to = from + seconds * 1000;
  const caller = async (): Promise<void> => {
    for (let begin = performance.now(); begin < to; begin = performance.now()) {
      await runWorkflow(client, body, ends[shape]);
      const end = performance.now();
      if (end >= from && end <= to) latencies.push(end - begin);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return { perSecond: latencies.length / seconds, p50: percentile(latencies, 50), p99: percentile(latencies, 99) };
}

/** Carries out `steps` steps, ten at a time: in graphs of ten steps each, or in one graph of all. */
export async function graphRun(
  client: HttpClient,
  { steps, graphs }: { steps: number; graphs: 'small' | 'large' },
): Promise<{ seconds: number }> {
  const callers = 10;
  const begin = performance.now();
  if (graphs === 'large') {
    await runWorkflow(client, chains(callers, steps / callers));
  } else {
    const body = chains(1, 10);
    const caller = async (): Promise<void> => {
      for (let turn = 0; turn < steps / 10 / callers; turn += 1) await runWorkflow(client, body);
    };
    await Promise.all(Array.from({ length: callers }, caller));
  }
  return { seconds: (performance.now() - begin) / 1000 };
}
